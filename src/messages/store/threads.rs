//! Replies in threads: how many a message has, and which message a thread is about.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId},
    },
    error::Result,
    schema::messages,
};

/// Counts the answers of a thread that are left, and finds the newest of them.
pub fn count(conn: &mut Conn, root: MessageId) -> Result<()> {
    let left = messages::table
        .filter(messages::thread_id.eq(root.0))
        .filter(messages::deleted_at.is_null());
    let count: i64 = left.count().get_result(conn)?;
    let last: Option<i64> = left
        .order(messages::id.desc())
        .select(messages::id)
        .first(conn)
        .optional()?;
    diesel::update(messages::table.find(root.0))
        .set((messages::answers.eq(count), messages::last_answer.eq(last)))
        .execute(conn)?;
    Ok(())
}

/// The message that a thread of a room is about, for itself or for one of its answers.
pub fn root_of(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Option<MessageId>> {
    let here = messages::table
        .find(id.0)
        .filter(messages::room_id.eq(room.0));
    let thread: Option<Option<i64>> = here.select(messages::thread_id).first(conn).optional()?;
    Ok(thread.map(|root| root.map_or(id, MessageId)))
}
