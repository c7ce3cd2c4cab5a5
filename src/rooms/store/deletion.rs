//! Deleting a room.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    dsl::exists, select,
};

use crate::{
    db::{
        Conn,
        fts::{Index, SearchIndex},
        ids::{MessageId, RoomId},
    },
    error::Result,
    schema::{invitations, members, messages, rooms},
};

/// Marks a room as deleted and removes its members, invitations and names. [`purge`] removes its messages later.
pub fn delete(conn: &mut Conn, room: RoomId, now: i64) -> Result<()> {
    diesel::delete(members::table.filter(members::room_id.eq(room))).execute(conn)?;
    diesel::delete(invitations::table.filter(invitations::room_id.eq(room))).execute(conn)?;
    diesel::update(rooms::table.find(room))
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

/// Returns whether a deleted room still has to be purged.
pub fn has_deleted(conn: &mut Conn) -> Result<bool> {
    let deleted = rooms::table.filter(rooms::deleted_at.is_not_null());
    Ok(select(exists(deleted)).get_result(conn)?)
}

/// Removes at most `limit` messages of a deleted room, or the room itself when none is left. Returns
/// whether there is more to do.
pub fn purge(conn: &mut Conn, limit: i64) -> Result<bool> {
    let deleted = rooms::table.filter(rooms::deleted_at.is_not_null());
    let Some(room) = deleted.select(rooms::id).first::<RoomId>(conn).optional()? else {
        return Ok(false);
    };
    let newest = messages::table
        .filter(messages::room_id.eq(room))
        .order(messages::id.desc())
        .limit(limit);
    let ids: Vec<MessageId> = newest.select(messages::id).load(conn)?;
    match (ids.last(), ids.first()) {
        (Some(first), Some(last)) => {
            Index::remove_all(conn, &ids)?;
            let range = messages::id.ge(*first).and(messages::id.le(*last));
            let here = messages::table.filter(messages::room_id.eq(room).and(range));
            diesel::delete(here).execute(conn)?;
        }
        _ => drop(diesel::delete(rooms::table.find(room)).execute(conn)?),
    }
    Ok(true)
}
