//! Rev of a room. These queries run for every message.

use diesel::{
    QueryDsl, QueryResult, RunQueryDsl,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::BigInt,
    sqlite::Sqlite,
};

use crate::{
    db::{Conn, ids::RoomId},
    error::Result,
    schema::rooms,
};

/// Current rev of a room.
pub fn rev(conn: &mut Conn, room: RoomId) -> Result<i64> {
    Ok(rooms::table.find(room).select(rooms::rev).first(conn)?)
}

/// Stores a room's new rev, in the transaction of the change. Writes are serialized, and RETURNING takes longer
/// than reading first.
pub fn set_rev(conn: &mut Conn, room: RoomId, rev: i64) -> Result<()> {
    SetRev { room, rev }.execute(conn)?;
    Ok(())
}

/// Raw SQL, because diesel prepares its own UPDATE each time and this one runs for every message.
#[derive(QueryId)]
struct SetRev {
    room: RoomId,
    rev: i64,
}

impl QueryFragment<Sqlite> for SetRev {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE rooms SET rev = ");
        out.push_bind_param::<BigInt, _>(&self.rev)?;
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<BigInt, _>(&self.room)
    }
}

impl RunQueryDsl<Conn> for SetRev {}
