//! Read positions and preferences in the database.

use diesel::{
    ExpressionMethods, OptionalEmptyChangesetExtension, OptionalExtension, QueryDsl, QueryResult,
    RunQueryDsl,
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
