//! Mentions and followed threads in the database.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    schema::{follows, mentions},
};

/// A user's decision about a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Following {
    /// Whether new replies count as unread.
    pub follows: bool,
    /// The newest reply that the user has read.
    pub read: MessageId,
}

/// The users that a message mentions.
pub fn mentioned(conn: &mut Conn, message: MessageId) -> Result<Vec<UserId>> {
    let rows = mentions::table.filter(mentions::message_id.eq(message.0));
    let ids: Vec<i64> = rows.select(mentions::user_id).load(conn)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// Stores that a message mentions a user.
pub fn insert_mention(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    message: MessageId,
) -> Result<()> {
    let row = (
        mentions::user_id.eq(user.0),
        mentions::room_id.eq(room.0),
        mentions::message_id.eq(message.0),
    );
    diesel::insert_into(mentions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Deletes the mentions of a message.
pub fn delete_mentions(conn: &mut Conn, message: MessageId) -> Result<()> {
    let rows = mentions::table.filter(mentions::message_id.eq(message.0));
    diesel::delete(rows).execute(conn)?;
    Ok(())
}

/// A user's decision about a thread; `None` if they never made one.
pub fn following(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    root: MessageId,
) -> Result<Option<Following>> {
    let row = follows::table.find((user.0, room.0, root.0));
    let columns = (follows::following, follows::read_id);
    let found: Option<(bool, i64)> = row.select(columns).first(conn).optional()?;
    Ok(found.map(|(follows, read)| Following {
        follows,
        read: MessageId(read),
    }))
}

/// Makes a user follow a thread from a message on, unless they decided about it before.
pub fn follow_if_undecided(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    root: MessageId,
    read: MessageId,
) -> Result<()> {
    if following(conn, user, room, root)?.is_some() {
        return Ok(());
    }
    let follows = true;
    set_following(conn, user, room, root, Following { follows, read })
}

/// Stores a user's decision about a thread.
pub fn set_following(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    root: MessageId,
    decision: Following,
) -> Result<()> {
    let row = follows::table.find((user.0, room.0, root.0));
    let columns = (
        follows::following.eq(decision.follows),
        follows::read_id.eq(decision.read.0),
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
