//! Invite links and their uses in the database.

use std::collections::{HashMap, HashSet};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper, dsl::exists,
    select, sqlite::Sqlite,
};

use super::{
    InviteLink, ListedLink, demand_right, fields::NewInviteLink, link::JoinedUser, manages_all,
};
use crate::{
    accounts::User,
    db::{
        Conn,
        id_list::id_list,
        ids::{InviteLinkId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    people::Profile,
    rooms::Kind,
    schema::{
        invite_link_rooms, invite_links, invite_uses, mailed_invite_tokens, members, rooms, users,
    },
    settings::ServerSettings,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = invite_links)]
struct LinkRow {
    id: InviteLinkId,
    created_by: UserId,
    created_at: i64,
    expires_at: Option<i64>,
    max_uses: Option<i64>,
    uses: i64,
    note: String,
    guest_until: Option<i64>,
    revoked_at: Option<i64>,
}

impl From<LinkRow> for InviteLink {
    fn from(row: LinkRow) -> InviteLink {
        InviteLink {
            id: row.id,
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            max_uses: row.max_uses,
            uses: row.uses,
            note: row.note,
            guest_until: row.guest_until,
            revoked_at: row.revoked_at,
        }
    }
}

/// Adds a link with the hash of its token.
pub fn insert(
    conn: &mut Conn,
    by: UserId,
    (new, hash): (&NewInviteLink, &[u8]),
    now: i64,
) -> Result<InviteLink> {
    let row = (
        invite_links::token_hash.eq(hash),
        invite_links::created_by.eq(by),
        invite_links::created_at.eq(now),
        invite_links::expires_at.eq(new.expires_at),
        invite_links::max_uses.eq(new.max_uses),
        invite_links::note.eq(&new.note),
        invite_links::guest_until.eq(new.guest_until),
    );
    let insert = diesel::insert_into(invite_links::table).values(row);
    let id: InviteLinkId = insert.returning(invite_links::id).get_result(conn)?;
    for room in &new.rooms {
        let row = (
            invite_link_rooms::link_id.eq(id),
            invite_link_rooms::room_id.eq(room),
        );
        let insert = diesel::insert_into(invite_link_rooms::table).values(row);
        insert.execute(conn)?;
    }
    by_id(conn, id)?.ok_or(Error::NotFound)
}

/// A link.
pub fn by_id(conn: &mut Conn, id: InviteLinkId) -> Result<Option<InviteLink>> {
    let row = invite_links::table.find(id).select(LinkRow::as_select());
    Ok(row.first(conn).optional()?.map(InviteLink::from))
}

/// Adds the hash of a token with which a link is mailed.
pub fn add_token(conn: &mut Conn, link: InviteLinkId, hash: &[u8]) -> Result<()> {
    let row = (
        mailed_invite_tokens::token_hash.eq(hash),
        mailed_invite_tokens::link_id.eq(link),
    );
    diesel::insert_into(mailed_invite_tokens::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The link of a token's hash, its own or that of a mail, and its creator.
pub fn find(conn: &mut Conn, hash: &[u8]) -> Result<Option<(InviteLink, Profile)>> {
    let mailed = mailed_invite_tokens::table
        .filter(mailed_invite_tokens::token_hash.eq(hash))
        .select(mailed_invite_tokens::link_id);
    let row: Option<(LinkRow, Profile)> = invite_links::table
        .inner_join(users::table)
        .filter(
            invite_links::token_hash
                .eq(hash)
                .or(invite_links::id.eq_any(mailed)),
        )
        .select((LinkRow::as_select(), Profile::as_select()))
        .first(conn)
        .optional()?;
    Ok(row.map(|(link, creator)| (link.into(), creator)))
}

/// Rooms of a link, in the order of their names.
pub fn rooms_of(conn: &mut Conn, link: InviteLinkId) -> Result<Vec<RoomId>> {
    let of_link = invite_link_rooms::table
        .inner_join(rooms::table.on(rooms::id.eq(invite_link_rooms::room_id)))
        .filter(invite_link_rooms::link_id.eq(link))
        .order((rooms::name.asc(), rooms::id.asc()));
    Ok(of_link.select(rooms::id).load(conn)?)
}

/// Number of links of a user that are neither revoked, expired nor used up.
pub fn active_count(conn: &mut Conn, user: UserId, now: i64) -> Result<i64> {
    let has_time = invite_links::expires_at
        .is_null()
        .or(invite_links::expires_at.assume_not_null().gt(now));
    let has_uses = invite_links::max_uses.is_null().or(invite_links::max_uses
        .assume_not_null()
        .gt(invite_links::uses));
    let active = invite_links::table
        .filter(invite_links::created_by.eq(user))
        .filter(invite_links::revoked_at.is_null())
        .filter(has_time.and(has_uses));
    Ok(active.count().get_result(conn)?)
}

/// Whether the creator of a link has an account in use and, under the settings of the server, the right to invite.
pub fn may_still_invite(
    conn: &mut Conn,
    creator: &Profile,
    settings: &ServerSettings,
    now: i64,
) -> Result<bool> {
    let columns = (users::suspended_until, users::access_ends);
    let row = users::table.find(creator.id).select(columns);
    let (suspended, access_ends): (i64, Option<i64>) = row.first(conn)?;
    let has_left = access_ends.is_some_and(|end| end <= now) || creator.is_deleted();
    let is_over = suspended > now || has_left;
    Ok(!is_over && demand_right(settings, creator.server_role()).is_ok())
}

/// Whether a user has used a link.
pub fn has_used(conn: &mut Conn, link: InviteLinkId, user: UserId) -> Result<bool> {
    Ok(select(exists(invite_uses::table.find((link, user)))).get_result(conn)?)
}

/// Counts a use by a user, whose account is or is not new. Returns whether it was the first one of this user.
pub fn add_use(
    conn: &mut Conn,
    link: InviteLinkId,
    (user, is_new): (UserId, bool),
    now: i64,
) -> Result<bool> {
    if has_used(conn, link, user)? {
        return Ok(false);
    }
    let row = (
        invite_uses::link_id.eq(link),
        invite_uses::user_id.eq(user),
        invite_uses::used_at.eq(now),
        invite_uses::new_account.eq(is_new),
    );
    let insert = diesel::insert_into(invite_uses::table).values(row);
    insert.execute(conn)?;
    let update = diesel::update(invite_links::table.find(link));
    let uses = invite_links::uses.eq(invite_links::uses + 1);
    update.set(uses).execute(conn)?;
    Ok(true)
}

/// Revokes a link.
pub fn revoke(conn: &mut Conn, link: InviteLinkId, now: i64) -> Result<()> {
    let update = diesel::update(invite_links::table.find(link));
    let revoked = invite_links::revoked_at.eq(now);
    update.set(revoked).execute(conn)?;
    Ok(())
}

/// Accounts that a link created.
pub fn created_accounts(conn: &mut Conn, link: InviteLinkId) -> Result<Vec<UserId>> {
    let created = invite_uses::table
        .filter(invite_uses::link_id.eq(link))
        .filter(invite_uses::new_account.eq(true));
    Ok(created.select(invite_uses::user_id).load(conn)?)
}

/// Links that `reader` may see, the newest first; `range` is limit and offset.
pub fn list(
    conn: &mut Conn,
    reader: &User,
    settings: &ServerSettings,
    (most, skip): (i64, i64),
) -> Result<Vec<ListedLink>> {
    let mut found = invite_links::table
        .inner_join(users::table)
        .into_boxed::<Sqlite>();
    if !manages_all(reader) {
        found = found.filter(invite_links::created_by.eq(reader.id));
    }
    let rows: Vec<(LinkRow, Profile)> = found
        .order(invite_links::id.desc())
        .limit(most)
        .offset(skip)
        .select((LinkRow::as_select(), Profile::as_select()))
        .load(conn)?;
    let ids: Vec<InviteLinkId> = rows.iter().map(|(link, _)| link.id).collect();
    let (mut names, mut joined) = (
        room_names(conn, reader.id, &ids)?,
        joined_through(conn, &ids)?,
    );
    let now = time::now();
    let mut listed = Vec::with_capacity(rows.len());
    for (row, creator) in rows {
        let link = InviteLink::from(row);
        let may_invite = may_still_invite(conn, &creator, settings, now)?;
        let rooms = names.remove(&link.id).unwrap_or_default();
        let (visible, others): (Vec<_>, Vec<_>) = rooms.into_iter().partition(|room| room.2);
        listed.push(ListedLink {
            state: link.state(may_invite, now),
            rooms: visible
                .into_iter()
                .map(|(id, name, _)| (id, name))
                .collect(),
            other_rooms: others.len(),
            joined: joined.remove(&link.id).unwrap_or_default(),
            creator,
            link,
        });
    }
    Ok(listed)
}

/// A room of a link: its id and name, and whether the reader may see it.
type LinkRoom = (RoomId, String, bool);

/// Rooms of links by name. The reader may see open rooms and those that they are in.
fn room_names(
    conn: &mut Conn,
    reader: UserId,
    links: &[InviteLinkId],
) -> Result<HashMap<InviteLinkId, Vec<LinkRoom>>> {
    let rows: Vec<(InviteLinkId, RoomId, String, i32)> = invite_link_rooms::table
        .inner_join(rooms::table.on(rooms::id.eq(invite_link_rooms::room_id)))
        .filter(invite_link_rooms::link_id.eq_any(links))
        .filter(rooms::deleted_at.is_null())
        .order((rooms::name.asc(), rooms::id.asc()))
        .select((
            invite_link_rooms::link_id,
            rooms::id,
            rooms::name,
            rooms::kind,
        ))
        .load(conn)?;
    let mine = members::table
        .filter(members::user_id.eq(reader))
        .filter(members::room_id.eq_any(id_list(rows.iter().map(|row| row.1))));
    let mine: Vec<RoomId> = mine.select(members::room_id).load(conn)?;
    let mine: HashSet<RoomId> = mine.into_iter().collect();
    let mut rooms: HashMap<_, Vec<LinkRoom>> = HashMap::new();
    for (link, room, name, kind) in rows {
        let is_visible = kind == Kind::Open.to_column() || mine.contains(&room);
        rooms
            .entry(link)
            .or_default()
            .push((room, name, is_visible));
    }
    Ok(rooms)
}

/// Users who came through links, in order.
fn joined_through(
    conn: &mut Conn,
    links: &[InviteLinkId],
) -> Result<HashMap<InviteLinkId, Vec<JoinedUser>>> {
    let rows: Vec<(InviteLinkId, UserId, String, bool)> = invite_uses::table
        .inner_join(users::table)
        .filter(invite_uses::link_id.eq_any(links))
        .order((invite_uses::used_at.asc(), invite_uses::user_id.asc()))
        .select((
            invite_uses::link_id,
            users::id,
            users::username,
            invite_uses::new_account,
        ))
        .load(conn)?;
    let mut joined: HashMap<_, Vec<JoinedUser>> = HashMap::new();
    for (link, id, username, is_new) in rows {
        let user = JoinedUser {
            id,
            username,
            is_new,
        };
        joined.entry(link).or_default().push(user);
    }
    Ok(joined)
}
