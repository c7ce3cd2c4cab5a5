//! Read positions and preferences in the database.

use diesel::{
    ExpressionMethods, OptionalEmptyChangesetExtension, OptionalExtension, QueryDsl, QueryResult,
    RunQueryDsl,
    dsl::exists,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::BigInt,
    sqlite::Sqlite,
};

use super::Preference;
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    schema::{follows, members, messages},
};

/// Whether a message is in a room.
pub fn is_in(conn: &mut Conn, message: MessageId, room: RoomId) -> Result<bool> {
    let found = messages::table.find(message).select(messages::room_id);
    Ok(found.first(conn).optional()? == Some(room))
}

/// Moves a position forward. Returns whether it moved.
pub fn read_up_to(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<bool> {
    Ok(Forward { room, user, to }.execute(conn)? > 0)
}

/// Sets a position.
pub fn set_read(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<()> {
    let row = diesel::update(members::table.find((room, user)));
    row.set(members::read_id.eq(to)).execute(conn)?;
    Ok(())
}

/// Moves all positions in the threads of a room forward. Returns whether one moved.
pub fn read_threads(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<bool> {
    let mine = follows::table
        .filter(follows::user_id.eq(user))
        .filter(follows::room_id.eq(room))
        .filter(follows::read_id.lt(to));
    let update = diesel::update(mine).set(follows::read_id.eq(to));
    Ok(update.execute(conn)? > 0)
}

/// Read positions of one user in rooms and threads.
pub struct Positions {
    rooms: Vec<(RoomId, MessageId)>,
    threads: Vec<(RoomId, MessageId, MessageId)>,
}

impl Positions {
    pub fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.threads.is_empty()
    }
}

/// Positions in the rooms and threads of a user that have unread messages.
pub fn unread(conn: &mut Conn, user: UserId) -> Result<Positions> {
    let newer = messages::table
        .filter(messages::room_id.eq(members::room_id))
        .filter(messages::id.gt(members::read_id));
    let rooms = members::table
        .filter(members::user_id.eq(user))
        .filter(exists(newer))
        .select((members::room_id, members::read_id));
    let threads = follows::table.filter(follows::user_id.eq(user)).select((
        follows::room_id,
        follows::thread_id,
        follows::read_id,
    ));
    Ok(Positions {
        rooms: rooms.load(conn)?,
        threads: threads.load(conn)?,
    })
}

/// Sets positions. Rooms and threads that the user has left stay as they are.
pub fn set_positions(conn: &mut Conn, user: UserId, positions: &Positions) -> Result<()> {
    for (room, read) in &positions.rooms {
        set_read(conn, *room, user, *read)?;
    }
    for (room, thread, read) in &positions.threads {
        let row = diesel::update(follows::table.find((user, *room, *thread)));
        row.set(follows::read_id.eq(*read)).execute(conn)?;
    }
    Ok(())
}

/// Changes the given preferences.
pub fn prefer(conn: &mut Conn, room: RoomId, user: UserId, change: &Preference) -> Result<()> {
    let columns = (
        change
            .notify
            .map(|level| members::notify.eq(level.to_column())),
        change.hidden.map(|hidden| members::is_hidden.eq(hidden)),
        change
            .favourite
            .map(|favourite| members::is_favourite.eq(favourite)),
    );
    let update = diesel::update(members::table.find((room, user))).set(columns);
    update.execute(conn).optional_empty_changeset()?;
    Ok(())
}

/// Raw SQL, because diesel prepares its own UPDATE each time and this one runs for every message and reader.
#[derive(QueryId)]
struct Forward {
    room: RoomId,
    user: UserId,
    to: MessageId,
}

impl QueryFragment<Sqlite> for Forward {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE members SET read_id = ");
        out.push_bind_param::<BigInt, _>(&self.to)?;
        out.push_sql(" WHERE room_id = ");
        out.push_bind_param::<BigInt, _>(&self.room)?;
        out.push_sql(" AND user_id = ");
        out.push_bind_param::<BigInt, _>(&self.user)?;
        out.push_sql(" AND read_id < ");
        out.push_bind_param::<BigInt, _>(&self.to)
    }
}

impl RunQueryDsl<Conn> for Forward {}
