//! CloseReason a room.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{
    db::{Conn, fts, ids::RoomId},
    error::Result,
    schema::{members, messages, rooms},
};

/// Makes a room nobody's; its messages go later, by [`purge`].
pub fn delete(conn: &mut Conn, room: RoomId, now: i64) -> Result<()> {
    diesel::delete(members::table.filter(members::room_id.eq(room.0))).execute(conn)?;
    diesel::update(rooms::table.find(room.0))
        .set((
            rooms::deleted_at.eq(now),
            rooms::name.eq(""),
            rooms::topic.eq(""),
            rooms::is_default.eq(false),
            rooms::name_key.eq(None::<String>),
            rooms::people_key.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes some messages of a deleted room, or the room when none are left; whether there is more to do.
pub fn purge(conn: &mut Conn, most: i64) -> Result<bool> {
    let deleted = rooms::table.filter(rooms::deleted_at.is_not_null());
    let Some(room) = deleted.select(rooms::id).first::<i64>(conn).optional()? else {
        return Ok(false);
    };
    let some = messages::table
        .filter(messages::room_id.eq(room))
        .order(messages::id.desc())
        .limit(most)
        .select(messages::id);
    let ids: Vec<i64> = some.load(conn)?;
    match (ids.last(), ids.first()) {
        (Some(first), Some(last)) => {
            fts::forget(conn, &ids)?;
            let range = messages::id.ge(*first).and(messages::id.le(*last));
            let here = messages::table.filter(messages::room_id.eq(room).and(range));
            diesel::delete(here).execute(conn)?;
        }
        _ => {
            diesel::delete(rooms::table.find(room)).execute(conn)?;
        }
    }
    Ok(true)
}
