//! Threads in the database: their answers, and who follows them.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    schema::{follows, messages},
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

/// Whether somebody follows a thread, and how far they have read it; none if that was never decided.
pub fn following(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    root: MessageId,
) -> Result<Option<(bool, i64)>> {
    let row = follows::table.find((user.0, room.0, root.0));
    let columns = (follows::following, follows::read_id);
    Ok(row.select(columns).first(conn).optional()?)
}

/// The message that a thread of a room is about, for itself or for one of its answers.
pub fn root_of(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Option<MessageId>> {
    let here = messages::table
        .find(id.0)
        .filter(messages::room_id.eq(room.0));
    let thread: Option<Option<i64>> = here.select(messages::thread_id).first(conn).optional()?;
    Ok(thread.map(|root| root.map_or(id, MessageId)))
}

/// Makes somebody follow a thread from a message on, unless they decided about it before.
pub fn follow_if_new(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    root: MessageId,
    read: MessageId,
) -> Result<()> {
    match following(conn, user, room, root)? {
        Some(_) => Ok(()),
        None => follow(conn, user, room, root, (true, read)),
    }
}

/// Writes down that somebody follows a thread or does not, and has read it up to a message.
pub fn follow(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    root: MessageId,
    (following, read): (bool, MessageId),
) -> Result<()> {
    let row = follows::table.find((user.0, room.0, root.0));
    let columns = (
        follows::following.eq(following),
        follows::read_id.eq(read.0),
    );
    if diesel::update(row).set(columns).execute(conn)? > 0 {
        return Ok(());
    }
    let keys = (
        follows::user_id.eq(user.0),
        follows::room_id.eq(room.0),
        follows::thread_id.eq(root.0),
    );
    diesel::insert_into(follows::table)
        .values((keys, columns))
        .execute(conn)?;
    Ok(())
}
