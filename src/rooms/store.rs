//! Rooms and memberships in the database.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::BigInt,
    sqlite::Sqlite,
};

use super::Room;
use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::Result,
    schema::{members, rooms},
};

/// The room, if `user` belongs to it.
pub fn room_of_member(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<Room>> {
    let row: Option<(i64, String)> = members::table
        .inner_join(rooms::table)
        .filter(members::room_id.eq(room.0))
        .filter(members::user_id.eq(user.0))
        .select((rooms::id, rooms::name))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, name)| Room {
        id: RoomId(id),
        name: name.into(),
    }))
}

/// The oldest room of a person.
pub fn first_room(conn: &mut Conn, user: UserId) -> Result<Option<RoomId>> {
    let mine = members::table
        .filter(members::user_id.eq(user.0))
        .select(members::room_id);
    let first: Option<i64> = mine.order(members::room_id.asc()).first(conn).optional()?;
    Ok(first.map(RoomId))
}

/// Makes a person a member of all default rooms.
pub fn join_defaults(conn: &mut Conn, user: UserId, now: i64) -> Result<()> {
    let defaults = rooms::table
        .filter(rooms::is_default.eq(true))
        .select(rooms::id);
    let ids: Vec<i64> = defaults.load(conn)?;
    let row = |room: i64| {
        (
            members::room_id.eq(room),
            members::user_id.eq(user.0),
            members::joined_at.eq(now),
        )
    };
    let rows: Vec<_> = ids.into_iter().map(row).collect();
    diesel::insert_into(members::table)
        .values(rows)
        .execute(conn)?;
    Ok(())
}

/// How many changes there were in a room.
pub fn rev(conn: &mut Conn, room: RoomId) -> Result<i64> {
    Ok(rooms::table.find(room.0).select(rooms::rev).first(conn)?)
}

/// Counts a change, and says its number.
pub fn next_rev(conn: &mut Conn, room: RoomId) -> Result<i64> {
    let next = rev(conn, room)? + 1; // nobody else writes, and RETURNING takes longer than this
    let counted = SetRev {
        room: room.0,
        rev: next,
    };
    counted.execute(conn)?;
    Ok(next)
}

/// Written by hand: diesel prepares its own UPDATE anew each time, and this one runs for every message.
#[derive(QueryId)]
struct SetRev {
    room: i64,
    rev: i64,
}

impl QueryFragment<Sqlite> for SetRev {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE rooms SET rev = ");
        out.push_bind_param::<BigInt, i64>(&self.rev)?;
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<BigInt, i64>(&self.room)
    }
}

impl RunQueryDsl<Conn> for SetRev {}
