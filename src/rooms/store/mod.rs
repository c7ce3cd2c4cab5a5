//! Rooms and memberships in the database.

mod deletion;
mod directory;
mod list;
mod lookup;
mod revs;
mod unread;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

pub use deletion::{delete, has_deleted, purge};
pub use directory::{directory, members_among, members_of};
pub use list::{list, rooms_of, unread_of};
pub use lookup::{among, named};
pub use revs::{rev, rev_for_post, set_rev};

use super::{Kind, NewRoom, Role, Room, name};
use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::{Error, Result},
    schema::{follows, members, messages, rooms, users},
};

/// Names of others that stand for a direct conversation; the rest is a number.
const NAMES: usize = 4;

type Row = (i64, String, String, i32, bool, Option<i64>);

/// All columns of a [`Room`].
macro_rules! columns {
    () => {
        (
            crate::schema::rooms::id,
            crate::schema::rooms::name,
            crate::schema::rooms::topic,
            crate::schema::rooms::kind,
            crate::schema::rooms::is_default,
            crate::schema::rooms::archived_at,
        )
    };
}
pub(super) use columns;

fn of(row: Row) -> Result<Room> {
    let (id, name, topic, kind, is_default, archived_at) = row;
    Ok(Room {
        id: RoomId(id),
        name: name.into(),
        topic: topic.into(),
        kind: Kind::from_column(kind)?,
        is_default,
        archived: archived_at.is_some(),
    })
}

/// The room and what `user` is in it, if they belong to it.
pub fn membership(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<(Room, Role)>> {
    let row: Option<(Row, i32, bool)> = members::table
        .inner_join(rooms::table)
        .inner_join(users::table)
        .filter(members::room_id.eq(room.0))
        .filter(members::user_id.eq(user.0))
        .select((columns!(), members::role, users::is_admin))
        .first(conn)
        .optional()?;
    let Some((row, role, is_admin)) = row else {
        return Ok(None);
    };
    let mut room = of(row)?;
    if room.kind == Kind::Direct {
        room.name = others(conn, room.id, user)?.into();
        return Ok(Some((room, Role::Member)));
    }
    let role = if is_admin {
        Role::Admin
    } else {
        Role::from_column(role)
    };
    Ok(Some((room, role)))
}

/// What a direct conversation is called by one of its people.
fn others(conn: &mut Conn, room: RoomId, user: UserId) -> Result<String> {
    let names: Vec<(String, String)> = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room.0))
        .filter(members::user_id.ne(user.0))
        .order(users::username.asc())
        .select((users::username, users::display_name))
        .load(conn)?;
    Ok(conversation_name(names))
}

/// Several names as one.
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

/// A room, whoever asks.
pub fn room(conn: &mut Conn, room: RoomId) -> Result<Option<Room>> {
    let row: Option<Row> = rooms::table
        .find(room.0)
        .filter(rooms::deleted_at.is_null())
        .select(columns!())
        .first(conn)
        .optional()?;
    row.map(of).transpose()
}

/// The open room of a name's key.
pub fn room_of_key(conn: &mut Conn, key: &str) -> Result<Option<RoomId>> {
    let named = rooms::table.filter(rooms::name_key.eq(key));
    let id: Option<i64> = named.select(rooms::id).first(conn).optional()?;
    Ok(id.map(RoomId))
}

/// The direct conversation of some people.
pub fn room_of_people(conn: &mut Conn, key: &str) -> Result<Option<RoomId>> {
    let theirs = rooms::table.filter(rooms::people_key.eq(key));
    let id: Option<i64> = theirs.select(rooms::id).first(conn).optional()?;
    Ok(id.map(RoomId))
}

/// The oldest room of a person: one that is alive, if there is one.
pub fn first_room(conn: &mut Conn, user: UserId) -> Result<Option<RoomId>> {
    let mine = members::table
        .inner_join(rooms::table)
        .filter(members::user_id.eq(user.0))
        .filter(rooms::kind.ne(Kind::Direct.to_column()));
    let first: Option<i64> = mine
        .order((rooms::archived_at.is_not_null(), members::room_id.asc()))
        .select(members::room_id)
        .first(conn)
        .optional()?;
    Ok(first.map(RoomId))
}

/// Makes a person a member of all default rooms.
pub fn join_defaults(conn: &mut Conn, user: UserId, now: i64) -> Result<()> {
    let defaults = rooms::table.filter(rooms::is_default.eq(true));
    let ids: Vec<i64> = defaults.select(rooms::id).load(conn)?;
    for room in ids {
        add(conn, RoomId(room), user, Role::Member, now)?;
    }
    Ok(())
}

/// Makes a person a member; what was said before they came counts as read.
pub fn add(conn: &mut Conn, room: RoomId, user: UserId, role: Role, now: i64) -> Result<()> {
    let newest = messages::table
        .filter(messages::room_id.eq(room.0))
        .order(messages::id.desc())
        .select(messages::id);
    let newest: Option<i64> = newest.first(conn).optional()?;
    let row = (
        members::room_id.eq(room.0),
        members::user_id.eq(user.0),
        members::joined_at.eq(now),
        members::role.eq(role.to_column()),
        members::read_id.eq(newest.unwrap_or(0)),
    );
    diesel::insert_into(members::table)
        .values(row)
        .execute(conn)?;
    // In the threads too, which they may follow from an earlier time.
    let threads = follows::table
        .filter(follows::user_id.eq(user.0))
        .filter(follows::room_id.eq(room.0));
    diesel::update(threads)
        .set(follows::read_id.eq(newest.unwrap_or(0)))
        .execute(conn)?;
    Ok(())
}

/// Takes a person out; what they were in the room (owner or member), if they were in it.
pub fn remove(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<Role>> {
    let row = members::table.find((room.0, user.0));
    let role: Option<i32> = row.select(members::role).first(conn).optional()?;
    diesel::delete(row).execute(conn)?;
    Ok(role.map(Role::from_column))
}

/// Changes what somebody is in a room; whether they are in it.
pub fn appoint(conn: &mut Conn, room: RoomId, user: UserId, role: Role) -> Result<bool> {
    let row = diesel::update(members::table.find((room.0, user.0)));
    let role = members::role.eq(role.to_column());
    Ok(row.set(role).execute(conn)? > 0)
}

/// Whether a room has an owner.
pub fn has_owner(conn: &mut Conn, room: RoomId) -> Result<bool> {
    let owners = members::table
        .filter(members::room_id.eq(room.0))
        .filter(members::role.eq(Role::Owner.to_column()));
    Ok(owners.count().get_result::<i64>(conn)? > 0)
}

/// Makes whoever has been in a room longest its owner, if it has none.
pub fn keep_an_owner(conn: &mut Conn, room: RoomId) -> Result<()> {
    if has_owner(conn, room)? {
        return Ok(());
    }
    let longest: Option<i64> = members::table
        .filter(members::room_id.eq(room.0))
        .order((members::joined_at.asc(), members::user_id.asc()))
        .select(members::user_id)
        .first(conn)
        .optional()?;
    if let Some(heir) = longest {
        appoint(conn, room, UserId(heir), Role::Owner)?;
    }
    Ok(())
}

/// How many people are in a room.
pub fn count(conn: &mut Conn, room: RoomId) -> Result<i64> {
    let people = members::table.filter(members::room_id.eq(room.0));
    Ok(people.count().get_result(conn)?)
}

/// How many rooms new accounts begin in.
pub fn defaults(conn: &mut Conn) -> Result<i64> {
    let defaults = rooms::table.filter(rooms::is_default.eq(true));
    Ok(defaults.count().get_result(conn)?)
}

/// How many of them a person is in.
pub fn defaults_of(conn: &mut Conn, user: UserId) -> Result<i64> {
    let defaults = members::table
        .inner_join(rooms::table)
        .filter(members::user_id.eq(user.0))
        .filter(rooms::is_default.eq(true));
    Ok(defaults.count().get_result(conn)?)
}

/// Makes a room that nobody is in yet.
pub fn create(conn: &mut Conn, new_room: &NewRoom, now: i64) -> Result<Room> {
    let key = (new_room.kind == Kind::Open).then(|| new_room.name.key());
    let row = (
        rooms::name.eq(new_room.name.as_str()),
        rooms::topic.eq(new_room.topic.as_str()),
        rooms::kind.eq(new_room.kind.to_column()),
        rooms::name_key.eq(key),
        rooms::created_at.eq(now),
    );
    let id: i64 = diesel::insert_into(rooms::table)
        .values(row)
        .returning(rooms::id)
        .get_result(conn)?;
    room(conn, RoomId(id))?.ok_or(Error::NotFound)
}

/// Makes a direct conversation that nobody is in yet.
pub fn create_direct(conn: &mut Conn, people_key: &str, now: i64) -> Result<RoomId> {
    let row = (
        rooms::name.eq(""),
        rooms::kind.eq(Kind::Direct.to_column()),
        rooms::people_key.eq(people_key),
        rooms::created_at.eq(now),
    );
    let id: i64 = diesel::insert_into(rooms::table)
        .values(row)
        .returning(rooms::id)
        .get_result(conn)?;
    Ok(RoomId(id))
}

/// Puts a conversation back into a person's list.
pub fn show_direct(conn: &mut Conn, room: RoomId, user: UserId) -> Result<()> {
    diesel::update(members::table.find((room.0, user.0)))
        .set(members::is_hidden.eq(false))
        .execute(conn)?;
    Ok(())
}

/// Writes down what a room has become.
pub fn update(conn: &mut Conn, room: &Room, now: i64) -> Result<()> {
    let key = room.is_listed().then(|| name::key(&room.name));
    let row = rooms::table.find(room.id.0);
    let before: Option<i64> = row.select(rooms::archived_at).first(conn)?;
    diesel::update(row)
        .set((
            rooms::name.eq(&*room.name),
            rooms::topic.eq(&*room.topic),
            rooms::kind.eq(room.kind.to_column()),
            rooms::name_key.eq(key),
            rooms::is_default.eq(room.is_default),
            rooms::archived_at.eq(room.archived.then_some(before.unwrap_or(now))),
        ))
        .execute(conn)?;
    Ok(())
}

impl Kind {
    pub(crate) fn to_column(self) -> i32 {
        match self {
            Kind::Open => 0,
            Kind::Closed => 1,
            Kind::Direct => 2,
        }
    }

    pub(crate) fn from_column(kind: i32) -> Result<Kind> {
        match kind {
            0 => Ok(Kind::Open),
            1 => Ok(Kind::Closed),
            2 => Ok(Kind::Direct),
            other => Err(Error::Internal(format!("a room is of kind {other}"))),
        }
    }
}

impl Role {
    fn to_column(self) -> i32 {
        i32::from(self != Role::Member)
    }

    fn from_column(role: i32) -> Role {
        if role == 1 { Role::Owner } else { Role::Member }
    }
}
