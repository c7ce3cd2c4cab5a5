//! Read positions and preferences in the database.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
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

/// The rooms of a user.
pub fn rooms_of(conn: &mut Conn, user: UserId) -> Result<Vec<RoomId>> {
    let mine = members::table.filter(members::user_id.eq(user.0));
    let ids: Vec<i64> = mine.select(members::room_id).load(conn)?;
    Ok(ids.into_iter().map(RoomId).collect())
}

/// Whether a message stands in a room.
pub fn is_in(conn: &mut Conn, message: MessageId, room: RoomId) -> Result<bool> {
    let found = messages::table.find(message.0).select(messages::room_id);
    let of: Option<i64> = found.first(conn).optional()?;
    Ok(of == Some(room.0))
}

/// The newest message of a room; 0 before the first.
pub fn newest(conn: &mut Conn, room: RoomId) -> Result<MessageId> {
    let all = messages::table.filter(messages::room_id.eq(room.0));
    let newest: Option<i64> = all
        .order(messages::id.desc())
        .select(messages::id)
        .first(conn)
        .optional()?;
    Ok(MessageId(newest.unwrap_or(0)))
}

/// Moves a position forward; whether it stood further back.
pub fn read_up_to(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<bool> {
    let forward = Forward {
        room: room.0,
        user: user.0,
        to: to.0,
    };
    Ok(forward.execute(conn)? > 0)
}

/// Puts a position somewhere.
pub fn set_read(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<()> {
    diesel::update(members::table.find((room.0, user.0)))
        .set(members::read_id.eq(to.0))
        .execute(conn)?;
    Ok(())
}

/// Moves all positions in the threads of a room to a message; whether one stood further back.
pub fn read_threads(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<bool> {
    let mine = follows::table
        .filter(follows::user_id.eq(user.0))
        .filter(follows::room_id.eq(room.0))
        .filter(follows::read_id.lt(to.0));
    let moved = diesel::update(mine)
        .set(follows::read_id.eq(to.0))
        .execute(conn)?;
    Ok(moved > 0)
}

/// Changes what is named.
pub fn prefer(conn: &mut Conn, room: RoomId, user: UserId, wish: &Preference) -> Result<()> {
    let row = members::table.find((room.0, user.0));
    if let Some(notify) = wish.notify {
        let column = members::notify.eq(notify.to_column());
        diesel::update(row).set(column).execute(conn)?;
    }
    if let Some(hidden) = wish.hidden {
        let column = members::is_hidden.eq(hidden);
        diesel::update(row).set(column).execute(conn)?;
    }
    if let Some(favourite) = wish.favourite {
        let column = members::is_favourite.eq(favourite);
        diesel::update(row).set(column).execute(conn)?;
    }
    Ok(())
}

/// Written by hand, so that it is prepared once: everyone who sees a message runs it.
#[derive(QueryId)]
struct Forward {
    room: i64,
    user: i64,
    to: i64,
}

impl QueryFragment<Sqlite> for Forward {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE members SET read_id = ");
        out.push_bind_param::<BigInt, i64>(&self.to)?;
        out.push_sql(" WHERE room_id = ");
        out.push_bind_param::<BigInt, i64>(&self.room)?;
        out.push_sql(" AND user_id = ");
        out.push_bind_param::<BigInt, i64>(&self.user)?;
        out.push_sql(" AND read_id < ");
        out.push_bind_param::<BigInt, i64>(&self.to)
    }
}

impl RunQueryDsl<Conn> for Forward {}
