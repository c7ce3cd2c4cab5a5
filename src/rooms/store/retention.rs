//! Rooms by their retention, and the number of messages that one erases.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, dsl::exists, select, sqlite::Sqlite};

use crate::{
    db::{Conn, ids::RoomId},
    error::Result,
    schema::{messages, rooms},
};

/// Number of messages that are not deleted, in a room or in all, and sent before a time (ms UTC) or at any.
pub fn count_messages(conn: &mut Conn, room: Option<RoomId>, before: Option<i64>) -> Result<i64> {
    let mut query = messages::table
        .filter(messages::deleted_at.is_null())
        .count()
        .into_boxed::<Sqlite>();
    if let Some(room) = room {
        query = query.filter(messages::room_id.eq(room));
    }
    if let Some(before) = before {
        query = query.filter(messages::created_at.lt(before));
    }
    Ok(query.get_result(conn)?)
}

/// Rooms with their own retention in days; 0 for none.
pub fn retentions(conn: &mut Conn) -> Result<Vec<(RoomId, i64)>> {
    let rooms = rooms::table.filter(rooms::deleted_at.is_null());
    Ok(rooms
        .select((rooms::id, rooms::retention_days))
        .load(conn)?)
}

/// Whether a room has a retention of its own.
pub fn has_retention(conn: &mut Conn, room: RoomId) -> Result<bool> {
    let row = rooms::table.find(room).filter(rooms::retention_days.gt(0));
    Ok(select(exists(row)).get_result(conn)?)
}

/// Whether any room has a retention of its own.
pub fn has_retentions(conn: &mut Conn) -> Result<bool> {
    let rows = rooms::table.filter(rooms::retention_days.gt(0));
    Ok(select(exists(rows)).get_result(conn)?)
}
