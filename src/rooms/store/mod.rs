//! Rooms and memberships in the database.

mod deletion;
mod directory;
mod invitations;
mod list;
mod moderation;
mod posts;
mod retention;
mod revs;
mod unread;
mod waiting;

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper, dsl::exists, select,
};

pub use deletion::{delete, has_deleted, purge};
pub use directory::{
    DirectoryScope, among, directory, members_among, members_of, named, open_named, summaries,
};
pub use invitations::{
    MemberOrigin, add_invitation, decline, end_invitations, forget_invitations, invitation,
    invitation_count, invitations_of, invited_to, list_invitation, remove_invitation, set_origin,
    share_room, unasked,
};
pub use list::{list, rooms_of, unread_of};
pub use moderation::{add_ban, banned, is_banned, remove_ban, set_timed_out, state_of};
pub use posts::{AuthorState, author_state, record_post};
pub use retention::{count_messages, has_retention, has_retentions, retentions};
pub use revs::{rev, set_rev};
pub use unread::{MOST_COUNTED, UnreadCounts};
pub use waiting::waiting;

use super::{Kind, NewRoom, Role, Room, name};
use crate::{
    accounts::ServerRole,
    db::{
        Conn,
        ids::{AvatarId, MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    notifications,
    schema::{follows, members, messages, rooms, users},
};

/// Names in the title of a direct conversation; the others are counted.
const NAMES: usize = 4;

/// Ids in one statement: SQLite allows 32,766 parameters.
const CHUNK: usize = 1000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = rooms)]
struct RoomRow {
    id: RoomId,
    name: String,
    topic: String,
    kind: i32,
    is_default: bool,
    archived_at: Option<i64>,
    avatar: Option<AvatarId>,
    emoji: String,
    announcements: bool,
    slow_mode: i32,
    retention_days: i64,
}

impl RoomRow {
    fn into_room(self) -> Result<Room> {
        Ok(Room {
            id: self.id,
            name: self.name.into(),
            topic: self.topic.into(),
            kind: Kind::from_column(self.kind)?,
            is_default: self.is_default,
            archived: self.archived_at.is_some(),
            avatar: self.avatar,
            emoji: self.emoji.into(),
            announcements: self.announcements,
            slow_mode: self.slow_mode,
            timed_out_until: 0,
            retention_days: u32::try_from(self.retention_days).unwrap_or_default(),
        })
    }
}

/// The room and the role of `user` in it, if they are a member.
pub fn membership(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<(Room, Role)>> {
    type Row = (RoomRow, (i32, i64), (bool, String));
    let found: Option<Row> = members::table
        .inner_join(rooms::table)
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .filter(members::user_id.eq(user))
        .select((
            RoomRow::as_select(),
            (members::role, members::timed_out_until),
            (users::is_admin, users::role),
        ))
        .first(conn)
        .optional()?;
    let Some((row, (role, timed_out_until), (is_admin, server_role))) = found else {
        return Ok(None);
    };
    let mut room = row.into_room()?;
    room.timed_out_until = timed_out_until;
    if room.kind == Kind::Direct {
        room.name = others(conn, room.id, user)?.into();
        return Ok(Some((room, Role::Member)));
    }
    let stored = Role::from_column(role);
    let role = match ServerRole::of(is_admin, &server_role) {
        ServerRole::Admin => Role::Admin,
        ServerRole::Moderator => stored.max(Role::Moderator),
        ServerRole::Member | ServerRole::Guest => stored,
    };
    Ok(Some((room, role)))
}

/// Rooms of a user with their roles, by name, without conversations.
pub fn memberships(conn: &mut Conn, user: UserId) -> Result<Vec<(Room, Role)>> {
    let rows: Vec<(RoomRow, i32, bool)> = members::table
        .inner_join(rooms::table)
        .inner_join(users::table)
        .filter(members::user_id.eq(user))
        .filter(rooms::kind.ne(Kind::Direct.to_column()))
        .order((rooms::name.asc(), rooms::id.asc()))
        .select((RoomRow::as_select(), members::role, users::is_admin))
        .load(conn)?;
    let membership = |(row, role, is_admin): (RoomRow, i32, bool)| {
        let stored = Role::from_column(role);
        Ok((
            row.into_room()?,
            if is_admin { Role::Admin } else { stored },
        ))
    };
    rows.into_iter().map(membership).collect()
}

/// Name of a direct conversation as one of its members sees it.
fn others(conn: &mut Conn, room: RoomId, user: UserId) -> Result<String> {
    let names = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .filter(members::user_id.ne(user))
        .order(users::username.asc())
        .select((users::username, users::display_name));
    Ok(conversation_name(names.load(conn)?))
}

/// Name of a conversation between users with these names (username, display name).
pub fn conversation_name(names: Vec<(String, String)>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let shown = names.into_iter().take(NAMES);
    let shown = shown.map(|(name, display)| if display.is_empty() { name } else { display });
    let all = shown.collect::<Vec<_>>().join(", ");
    match more {
        0 => all,
        more => format!("{all} and {more} more"),
    }
}

/// Room by id, without a membership check.
pub fn room(conn: &mut Conn, room: RoomId) -> Result<Option<Room>> {
    let row = rooms::table
        .find(room)
        .filter(rooms::deleted_at.is_null())
        .select(RoomRow::as_select())
        .first(conn)
        .optional()?;
    row.map(RoomRow::into_room).transpose()
}

/// Open room with a name's key.
pub fn room_of_key(conn: &mut Conn, key: &str) -> Result<Option<RoomId>> {
    let named = rooms::table.filter(rooms::name_key.eq(key));
    Ok(named.select(rooms::id).first(conn).optional()?)
}

/// Direct conversation of a set of users.
pub fn room_of_people(conn: &mut Conn, key: &str) -> Result<Option<RoomId>> {
    let theirs = rooms::table.filter(rooms::people_key.eq(key));
    Ok(theirs.select(rooms::id).first(conn).optional()?)
}

/// Oldest room of a user, direct conversations excluded; archived only if all are.
pub fn first_room(conn: &mut Conn, user: UserId) -> Result<Option<RoomId>> {
    let mine = members::table
        .inner_join(rooms::table)
        .filter(members::user_id.eq(user))
        .filter(rooms::kind.ne(Kind::Direct.to_column()))
        .order((rooms::archived_at.is_not_null(), members::room_id.asc()));
    Ok(mine.select(members::room_id).first(conn).optional()?)
}

/// Adds a user to all default rooms.
pub fn join_defaults(conn: &mut Conn, user: UserId, now: i64) -> Result<()> {
    let defaults = rooms::table.filter(rooms::is_default.eq(true));
    for room in defaults.select(rooms::id).load(conn)? {
        add(conn, room, user, Role::Member, now)?;
        set_origin(conn, room, user, MemberOrigin::Account)?;
    }
    Ok(())
}

/// Adds a user who chose to join. Earlier messages count as read, and an invitation to the room is removed.
///
/// # Errors
/// `Forbidden` for a user who is banned from the room.
pub fn add(conn: &mut Conn, room: RoomId, user: UserId, role: Role, now: i64) -> Result<()> {
    if is_banned(conn, room, user)? {
        return Err(Error::Forbidden("You’re banned from this room.".into()));
    }
    let newest = newest_message(conn, room)?;
    let row = (
        members::room_id.eq(room),
        members::user_id.eq(user),
        members::joined_at.eq(now),
        members::role.eq(role.to_column()),
        members::read_id.eq(newest),
    );
    let insert = diesel::insert_into(members::table).values(row);
    insert.execute(conn)?;
    // Also in threads that the user followed during an earlier membership.
    let threads = follows::table
        .filter(follows::user_id.eq(user))
        .filter(follows::room_id.eq(room));
    let update = diesel::update(threads).set(follows::read_id.eq(newest));
    update.execute(conn)?;
    notifications::read_late(conn, user, room, newest)?;
    remove_invitation(conn, room, user)
}

/// Id of the newest message of a room; 0 before the first.
pub fn newest_message(conn: &mut Conn, room: RoomId) -> Result<MessageId> {
    let all = messages::table.filter(messages::room_id.eq(room));
    let newest = all.order(messages::id.desc()).select(messages::id);
    Ok(newest.first(conn).optional()?.unwrap_or(MessageId(0)))
}

/// Removes a member. Returns their stored role, if they were a member.
pub fn remove(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<Role>> {
    let row = members::table.find((room, user));
    let role: Option<i32> = row.select(members::role).first(conn).optional()?;
    diesel::delete(row).execute(conn)?;
    Ok(role.map(Role::from_column))
}

/// Changes a member's role. Returns whether they are a member.
pub fn appoint(conn: &mut Conn, room: RoomId, user: UserId, role: Role) -> Result<bool> {
    let row = diesel::update(members::table.find((room, user)));
    let role = members::role.eq(role.to_column());
    Ok(row.set(role).execute(conn)? > 0)
}

/// Whether a room has an owner.
pub fn has_owner(conn: &mut Conn, room: RoomId) -> Result<bool> {
    let owners = members::table
        .filter(members::room_id.eq(room))
        .filter(members::role.eq(Role::Owner.to_column()));
    Ok(select(exists(owners)).get_result(conn)?)
}

/// Whether a user is a guest of the server.
pub fn is_guest(conn: &mut Conn, user: UserId) -> Result<bool> {
    let role = users::table.find(user).select(users::role);
    Ok(role.first::<String>(conn)? == ServerRole::Guest.name())
}

/// Makes the longest-standing member, but no guest, the owner of a room that has none.
pub fn ensure_owner(conn: &mut Conn, room: RoomId) -> Result<()> {
    if has_owner(conn, room)? {
        return Ok(());
    }
    let by_age = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .filter(users::role.ne(ServerRole::Guest.name()))
        .order((members::joined_at.asc(), members::user_id.asc()));
    let oldest = by_age.select(members::user_id).first(conn).optional()?;
    if let Some(oldest) = oldest {
        appoint(conn, room, oldest, Role::Owner)?;
    }
    Ok(())
}

/// Number of members of a room.
pub fn count(conn: &mut Conn, room: RoomId) -> Result<i64> {
    let people = members::table.filter(members::room_id.eq(room));
    Ok(people.count().get_result(conn)?)
}

/// Number of rooms that a user owns.
pub fn owned_count(conn: &mut Conn, user: UserId) -> Result<i64> {
    let owned = members::table
        .filter(members::user_id.eq(user))
        .filter(members::role.eq(Role::Owner.to_column()));
    Ok(owned.count().get_result(conn)?)
}

/// Number of rooms that a user is in, without conversations.
pub fn room_count(conn: &mut Conn, user: UserId) -> Result<i64> {
    let mine = members::table
        .inner_join(rooms::table)
        .filter(members::user_id.eq(user))
        .filter(rooms::kind.ne(Kind::Direct.to_column()));
    Ok(mine.count().get_result(conn)?)
}

/// Default rooms, and other open and active rooms, 200 in all.
pub fn listed(conn: &mut Conn) -> Result<Vec<Room>> {
    let open = rooms::table
        .filter(rooms::kind.eq(Kind::Open.to_column()))
        .filter(rooms::archived_at.is_null())
        .filter(rooms::deleted_at.is_null())
        .order((rooms::is_default.desc(), rooms::id.asc()))
        .limit(200)
        .select(RoomRow::as_select());
    let rows: Vec<RoomRow> = open.load(conn)?;
    rows.into_iter().map(RoomRow::into_room).collect()
}

/// Number of default rooms.
pub fn defaults(conn: &mut Conn) -> Result<i64> {
    let defaults = rooms::table.filter(rooms::is_default.eq(true));
    Ok(defaults.count().get_result(conn)?)
}

/// Number of default rooms of which a user is a member.
pub fn defaults_of(conn: &mut Conn, user: UserId) -> Result<i64> {
    let defaults = members::table
        .inner_join(rooms::table)
        .filter(members::user_id.eq(user))
        .filter(rooms::is_default.eq(true));
    Ok(defaults.count().get_result(conn)?)
}

/// Creates a room without members.
pub fn create(conn: &mut Conn, new_room: &NewRoom, now: i64) -> Result<Room> {
    let key = (new_room.kind == Kind::Open).then(|| new_room.name.key());
    let row = (
        rooms::name.eq(new_room.name.as_str()),
        rooms::topic.eq(new_room.topic.as_str()),
        rooms::kind.eq(new_room.kind.to_column()),
        rooms::name_key.eq(key),
        rooms::created_at.eq(now),
    );
    let insert = diesel::insert_into(rooms::table).values(row);
    let id = insert.returning(rooms::id).get_result(conn)?;
    room(conn, id)?.ok_or(Error::NotFound)
}

/// Creates a direct conversation without members.
pub fn create_direct(conn: &mut Conn, people_key: &str, now: i64) -> Result<RoomId> {
    let row = (
        rooms::name.eq(""),
        rooms::kind.eq(Kind::Direct.to_column()),
        rooms::people_key.eq(people_key),
        rooms::created_at.eq(now),
    );
    let insert = diesel::insert_into(rooms::table).values(row);
    Ok(insert.returning(rooms::id).get_result(conn)?)
}

/// Shows a hidden conversation in a user's list again.
pub fn show_direct(conn: &mut Conn, room: RoomId, user: UserId) -> Result<()> {
    let row = diesel::update(members::table.find((room, user)));
    row.set(members::is_hidden.eq(false)).execute(conn)?;
    Ok(())
}

/// Stores the new settings of a room.
pub fn update(conn: &mut Conn, room: &Room, now: i64) -> Result<()> {
    let key = room.is_listed().then(|| name::key(&room.name));
    let row = rooms::table.find(room.id);
    let before: Option<i64> = row.select(rooms::archived_at).first(conn)?;
    diesel::update(row)
        .set((
            rooms::name.eq(&*room.name),
            rooms::topic.eq(&*room.topic),
            rooms::kind.eq(room.kind.to_column()),
            rooms::name_key.eq(key),
            rooms::is_default.eq(room.is_default),
            rooms::emoji.eq(&*room.emoji),
            rooms::announcements.eq(room.announcements),
            rooms::slow_mode.eq(room.slow_mode),
            rooms::retention_days.eq(i64::from(room.retention_days)),
            rooms::archived_at.eq(room.archived.then_some(before.unwrap_or(now))),
        ))
        .execute(conn)?;
    Ok(())
}

impl Kind {
    pub(crate) fn to_column(self) -> i32 {
        self as i32
    }

    pub(crate) fn from_column(kind: i32) -> Result<Kind> {
        let mut kinds = [Kind::Open, Kind::Closed, Kind::Direct].into_iter();
        let unknown = || Error::Internal(format!("a room is of kind {kind}"));
        kinds
            .find(|one| one.to_column() == kind)
            .ok_or_else(unknown)
    }
}

impl Role {
    fn to_column(self) -> i32 {
        i32::from(self >= Role::Owner)
    }

    fn from_column(role: i32) -> Role {
        if role == 1 { Role::Owner } else { Role::Member }
    }
}
