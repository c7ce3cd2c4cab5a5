//! Invitations to closed rooms, and how users became members.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};

use super::RoomRow;
use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{RoomId, UserId},
    },
    error::Result,
    people::Profile,
    rooms::{Invitation, InvitedPerson, Kind},
    schema::{invitations, members, messages, rooms, users},
};

/// How a user became a member of a room.
#[derive(Clone, Copy)]
pub enum MemberOrigin {
    /// The user created the room, joined it, accepted an invitation, or was added by someone they share a room with.
    Choice = 0,
    /// The user was added to an open room by a stranger.
    Stranger = 1,
    /// The room was a default room when the account was made.
    Account = 2,
}

/// State of an invitation in the database.
pub struct InvitationState {
    pub invited_by: UserId,
    pub declined_at: Option<i64>,
}

/// Stores how a member came to a room.
pub fn set_origin(conn: &mut Conn, room: RoomId, user: UserId, origin: MemberOrigin) -> Result<()> {
    let row = diesel::update(members::table.find((room, user)));
    row.set(members::origin.eq(origin as i32)).execute(conn)?;
    Ok(())
}

/// Whether `person` shares a room with `me` by choice: a closed room, or an open one that `person` joined while `me`
/// was in it. Anyone can join an open room afterwards.
pub fn share_room(conn: &mut Conn, me: UserId, person: UserId) -> Result<bool> {
    let mine = diesel::alias!(members as mine);
    let joined_later = mine.field(members::joined_at).le(members::joined_at);
    let is_by_choice = members::origin
        .eq(MemberOrigin::Choice as i32)
        .and(joined_later);
    let is_closed = rooms::kind.eq(Kind::Closed.to_column());
    let is_chosen = rooms::kind.eq(Kind::Open.to_column()).and(is_by_choice);
    let shared = members::table
        .inner_join(rooms::table)
        .inner_join(mine.on(mine.field(members::room_id).eq(members::room_id)))
        .filter(members::user_id.eq(person))
        .filter(mine.field(members::user_id).eq(me))
        .filter(rooms::is_default.eq(false))
        .filter(is_closed.or(is_chosen))
        .select(members::room_id);
    Ok(shared.first::<RoomId>(conn).optional()?.is_some())
}

/// Members whom strangers added and who have not written in the room, except `but`.
pub fn unasked(conn: &mut Conn, room: RoomId, but: UserId) -> Result<Vec<Profile>> {
    let added = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .filter(members::user_id.ne(but))
        .filter(members::origin.eq(MemberOrigin::Stranger as i32));
    let mut added: Vec<Profile> = added.select(Profile::as_select()).load(conn)?;
    let ids = id_list(added.iter().map(|person| person.id));
    let texts = messages::table
        .filter(messages::room_id.eq(room))
        .filter(messages::author_id.eq_any(ids));
    let authors: Vec<UserId> = texts.select(messages::author_id).distinct().load(conn)?;
    added.retain(|person| !authors.contains(&person.id));
    Ok(added)
}

/// The invitation of a user to a room, pending or declined.
pub fn invitation(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<InvitationState>> {
    let row = invitations::table.find((room, user));
    let columns = (invitations::invited_by, invitations::declined_at);
    let found: Option<(UserId, Option<i64>)> = row.select(columns).first(conn).optional()?;
    Ok(found.map(|(invited_by, declined_at)| InvitationState {
        invited_by,
        declined_at,
    }))
}

/// Adds an invitation, in place of an earlier one.
pub fn add_invitation(
    conn: &mut Conn,
    room: RoomId,
    (user, by): (UserId, UserId),
    now: i64,
) -> Result<()> {
    remove_invitation(conn, room, user)?;
    let row = (
        invitations::room_id.eq(room),
        invitations::user_id.eq(user),
        invitations::invited_by.eq(by),
        invitations::invited_at.eq(now),
    );
    let insert = diesel::insert_into(invitations::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Removes an invitation, pending or declined.
pub fn remove_invitation(conn: &mut Conn, room: RoomId, user: UserId) -> Result<()> {
    diesel::delete(invitations::table.find((room, user))).execute(conn)?;
    Ok(())
}

/// Marks an invitation as declined.
pub fn decline(conn: &mut Conn, room: RoomId, user: UserId, now: i64) -> Result<()> {
    let row = diesel::update(invitations::table.find((room, user)));
    row.set(invitations::declined_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Shows or hides an invitation among those of its room.
pub fn list_invitation(conn: &mut Conn, room: RoomId, user: UserId, listed: bool) -> Result<()> {
    let row = diesel::update(invitations::table.find((room, user)));
    row.set(invitations::is_listed.eq(listed)).execute(conn)?;
    Ok(())
}

/// Removes the pending invitations to a room, all or those by one user. Returns the invited users.
pub fn end_invitations(conn: &mut Conn, room: RoomId, by: Option<UserId>) -> Result<Vec<UserId>> {
    let mut pending = invitations::table
        .filter(invitations::room_id.eq(room))
        .filter(invitations::declined_at.is_null())
        .select((invitations::user_id, invitations::invited_by))
        .load::<(UserId, UserId)>(conn)?;
    pending.retain(|(_, inviter)| by.is_none_or(|by| by == *inviter));
    for (user, _) in &pending {
        remove_invitation(conn, room, *user)?;
    }
    Ok(pending.into_iter().map(|(user, _)| user).collect())
}

/// Removes all invitations of a user.
pub fn forget_invitations(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(invitations::table.filter(invitations::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// Number of pending invitations of a user.
pub fn invitation_count(conn: &mut Conn, user: UserId) -> Result<i64> {
    let pending = invitations::table
        .filter(invitations::user_id.eq(user))
        .filter(invitations::declined_at.is_null());
    Ok(pending.count().get_result(conn)?)
}

/// Pending invitations of a user, the latest first.
pub fn invitations_of(conn: &mut Conn, user: UserId) -> Result<Vec<Invitation>> {
    let rows: Vec<(RoomRow, Profile, i64)> = invitations::table
        .inner_join(rooms::table)
        .inner_join(users::table.on(users::id.eq(invitations::invited_by)))
        .filter(invitations::user_id.eq(user))
        .filter(invitations::declined_at.is_null())
        .order((invitations::invited_at.desc(), invitations::room_id.desc()))
        .select((
            RoomRow::as_select(),
            Profile::as_select(),
            invitations::invited_at,
        ))
        .load(conn)?;
    let invitation = |(row, invited_by, invited_at): (RoomRow, Profile, i64)| {
        let room = row.into_room()?;
        Ok(Invitation {
            room: room.id,
            name: room.name,
            invited_by,
            invited_at,
        })
    };
    rows.into_iter().map(invitation).collect()
}

/// Users who are invited to a room as its owners see them: also those who declined after `since`. The latest come
/// first.
pub fn invited_to(
    conn: &mut Conn,
    room: RoomId,
    since: i64,
    limit: i64,
) -> Result<Vec<InvitedPerson>> {
    let is_pending = invitations::declined_at.is_null();
    let is_recent = invitations::declined_at.gt(since).assume_not_null();
    let rows: Vec<(Profile, i64)> = invitations::table
        .inner_join(users::table.on(users::id.eq(invitations::user_id)))
        .filter(invitations::room_id.eq(room))
        .filter(invitations::is_listed.eq(true))
        .filter(is_pending.or(is_recent))
        .order((invitations::invited_at.desc(), invitations::user_id.desc()))
        .limit(limit)
        .select((Profile::as_select(), invitations::invited_at))
        .load(conn)?;
    let invited = |(person, invited_at)| InvitedPerson { person, invited_at };
    Ok(rows.into_iter().map(invited).collect())
}
