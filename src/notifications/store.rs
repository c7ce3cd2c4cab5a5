//! Mentions and followed threads in the database.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::BigInt,
    sqlite::Sqlite,
};

use super::Subject;
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    schema::{follows, members, mentions, messages},
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

/// The users whose counts change with a message: those that it mentions, and the followers of its thread.
pub fn concerned(
    conn: &mut Conn,
    message: MessageId,
    thread: Option<MessageId>,
) -> Result<Vec<UserId>> {
    let mut users = mentioned(conn, message)?;
    if let Some(root) = thread {
        let followers = follows::table
            .filter(follows::thread_id.eq(root))
            .filter(follows::following.eq(true));
        users.extend(followers.select(follows::user_id).load::<UserId>(conn)?);
    }
    Ok(users)
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

/// The users that a message mentions, and whether the mention is late.
pub fn lateness(conn: &mut Conn, message: MessageId) -> Result<Vec<(UserId, bool)>> {
    let rows = mentions::table.filter(mentions::message_id.eq(message));
    let columns = rows.select((mentions::user_id, mentions::is_late));
    Ok(columns.load(conn)?)
}

/// Whether a user has read a message, by the position in its room or thread.
pub fn has_read(conn: &mut Conn, subject: &Subject, user: UserId) -> Result<bool> {
    let read: Option<MessageId> = match subject.thread {
        Some(root) => following(conn, user, subject.room, root.id)?.map(|decision| decision.read),
        None => {
            let row = members::table.find((subject.room, user));
            row.select(members::read_id).first(conn).optional()?
        }
    };
    Ok(read.is_some_and(|read| read >= subject.id))
}

/// Marks a mention as added after the user had read the message.
pub fn set_late(conn: &mut Conn, user: UserId, room: RoomId, message: MessageId) -> Result<()> {
    let row = diesel::update(mentions::table.find((user, room, message)));
    row.set(mentions::is_late.eq(true)).execute(conn)?;
    Ok(())
}

/// Marks late mentions in a room, up to a message, as read. Returns whether there were any.
pub fn read_late(conn: &mut Conn, user: UserId, room: RoomId, to: MessageId) -> Result<bool> {
    Ok(ReadLate { user, room, to }.execute(conn)? > 0)
}

/// Marks late mentions in a thread as read. Returns whether there were any.
pub fn read_late_in_thread(
    conn: &mut Conn,
    user: UserId,
    room: RoomId,
    root: MessageId,
) -> Result<bool> {
    let replies = messages::table
        .filter(messages::thread_id.eq(root))
        .select(messages::id);
    let late = mentions::table
        .filter(mentions::user_id.eq(user))
        .filter(mentions::room_id.eq(room))
        .filter(mentions::is_late.eq(true))
        .filter(mentions::message_id.eq_any(replies));
    let update = diesel::update(late).set(mentions::is_late.eq(false));
    Ok(update.execute(conn)? > 0)
}

/// Marks late mentions in all threads of a user as read.
pub fn read_late_in_threads(conn: &mut Conn, user: UserId) -> Result<()> {
    let replies = messages::table
        .filter(messages::thread_id.is_not_null())
        .select(messages::id);
    let late = mentions::table
        .filter(mentions::user_id.eq(user))
        .filter(mentions::is_late.eq(true))
        .filter(mentions::message_id.eq_any(replies));
    let update = diesel::update(late).set(mentions::is_late.eq(false));
    update.execute(conn)?;
    Ok(())
}

/// Raw SQL, because diesel prepares its own UPDATE each time and this one runs for every message and reader.
#[derive(QueryId)]
struct ReadLate {
    user: UserId,
    room: RoomId,
    to: MessageId,
}

impl QueryFragment<Sqlite> for ReadLate {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE mentions SET is_late = 0 WHERE is_late = 1 AND user_id = ");
        out.push_bind_param::<BigInt, _>(&self.user)?;
        out.push_sql(" AND room_id = ");
        out.push_bind_param::<BigInt, _>(&self.room)?;
        out.push_sql(" AND message_id <= ");
        out.push_bind_param::<BigInt, _>(&self.to)
    }
}

impl RunQueryDsl<Conn> for ReadLate {}

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
