//! Mentions and followed threads in the database.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    schema::{follows, mentions},
};

/// A user's decision about a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = follows)]
pub struct Following {
    /// Whether new replies count as unread.
    #[diesel(column_name = following)]
    pub follows: bool,
    /// The newest reply that the user has read.
    #[diesel(column_name = read_id)]
    pub read: MessageId,
}

/// The users that a message mentions.
pub fn mentioned(conn: &mut Conn, message: MessageId) -> Result<Vec<UserId>> {
    let rows = mentions::table.filter(mentions::message_id.eq(message));
    Ok(rows.select(mentions::user_id).load(conn)?)
}

/// Stores that a message mentions a user.
pub fn insert_mention(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    message: MessageId,
) -> Result<()> {
    let row = (
        mentions::user_id.eq(user),
        mentions::room_id.eq(room),
        mentions::message_id.eq(message),
    );
    let insert = diesel::insert_into(mentions::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Deletes the mentions of a message.
pub fn delete_mentions(conn: &mut Conn, message: MessageId) -> Result<()> {
    let rows = mentions::table.filter(mentions::message_id.eq(message));
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
    let row = follows::table.find((user, room, root));
    let decision = row.select(Following::as_select());
    Ok(decision.first(conn).optional()?)
}

/// Makes a user follow a thread with a read position, unless they decided about it before.
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
    let row = follows::table.find((user, room, root));
    let columns = (
        follows::following.eq(decision.follows),
        follows::read_id.eq(decision.read),
    );
    if diesel::update(row).set(columns).execute(conn)? > 0 {
        return Ok(());
    }
    let keys = (
        follows::user_id.eq(user),
        follows::room_id.eq(room),
        follows::thread_id.eq(root),
    );
    let insert = diesel::insert_into(follows::table).values((keys, columns));
    insert.execute(conn)?;
    Ok(())
}
