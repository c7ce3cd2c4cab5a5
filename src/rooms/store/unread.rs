//! Unread counts of a user's rooms, in one query answered from indexes.

use diesel::{
    QueryResult, Queryable, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
    sqlite::Sqlite,
};

use crate::{
    db::{
        Conn,
        ids::{AvatarId, MessageId, RoomId, UserId},
    },
    notifications::sql,
};

/// Upper limit of every unread count; a higher number is shown as 99+.
pub const MOST_COUNTED: i64 = 100;

/// Unread counts of a room, the part of a list entry that changes with every message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable)]
pub struct UnreadCounts {
    pub read: i64,
    /// Newest message; 0 for an empty room.
    pub newest: i64,
    /// Unread messages by other users, at most [`MOST_COUNTED`].
    pub unread: i64,
    /// Unread messages that mention the user, without replies in threads, at most [`MOST_COUNTED`].
    pub mentions: i64,
    /// Unread replies in threads that mention the user, at most [`MOST_COUNTED`].
    pub thread_mentions: i64,
    /// Unread replies by other users in followed threads, at most [`MOST_COUNTED`]. Not part of the
    /// room's unread messages.
    pub threads: i64,
    pub first_unread: Option<MessageId>,
}

impl UnreadCounts {
    /// Unread messages and replies that mention the user, at most [`MOST_COUNTED`].
    pub fn all_mentions(&self) -> i64 {
        (self.mentions + self.thread_mentions).min(MOST_COUNTED)
    }
}

/// Query of a user's rooms with their unread counts, or of one of these rooms. Counts are read from an index
/// alone and end at [`MOST_COUNTED`], so that years of unread messages cost no more than a hundred. The
/// hundredth is looked up first, because skipping rows is cheaper than counting them.
#[derive(Clone, Copy)]
pub struct Unread {
    pub user: UserId,
    pub room: Option<RoomId>,
}

impl QueryId for Unread {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

type CountColumns = (
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Nullable<BigInt>,
);

impl Query for Unread {
    type SqlType = (
        BigInt,
        Text,
        Integer,
        Nullable<BigInt>,
        Integer,
        Bool,
        Bool,
        Nullable<BigInt>,
        Text,
        CountColumns,
    );
}

impl RunQueryDsl<Conn> for Unread {}

impl QueryFragment<Sqlite> for Unread {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "SELECT r.id, r.name, r.kind, r.archived_at, m.notify, m.is_hidden, m.is_favourite, r.avatar, r.emoji, m.read_id, \
             COALESCE((SELECT MAX(n.id) FROM messages n WHERE n.room_id = m.room_id), 0), \
             CASE WHEN (SELECT u.id ",
        );
        self.theirs(&mut out)?;
        out.push_sql(&format!(
            " LIMIT 1 OFFSET {MOST_COUNTED} - 1) IS NULL THEN (SELECT COUNT(*) "
        ));
        self.theirs(&mut out)?;
        let in_threads = sql::NEW_IN_THREADS;
        let replies = sql::at_most(MOST_COUNTED, &format!("{in_threads} AND f.following = 1"));
        let mentions = sql::mentions(MOST_COUNTED);
        let thread_mentions = sql::mentions_in_threads(MOST_COUNTED);
        out.push_sql(&format!(
            ") ELSE {MOST_COUNTED} END, MIN({mentions}, {MOST_COUNTED}), \
             MIN({thread_mentions}, {MOST_COUNTED}), {replies}, (SELECT u.id "
        ));
        self.theirs(&mut out)?;
        out.push_sql(
            " LIMIT 1) FROM members m JOIN rooms r ON r.id = m.room_id WHERE m.user_id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.user)?;
        if let Some(room) = &self.room {
            out.push_sql(" AND m.room_id = ");
            out.push_bind_param::<BigInt, _>(room)?;
        }
        Ok(())
    }
}

impl Unread {
    /// Messages by other users after the position of a row of `members m`.
    fn theirs<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "FROM messages u WHERE u.room_id = m.room_id AND u.id > m.read_id \
             AND u.thread_id IS NULL AND u.deleted_at IS NULL AND u.author_id <> ",
        );
        out.push_bind_param::<BigInt, _>(&self.user)
    }
}

/// Result row of [`Unread`].
#[derive(Queryable)]
pub struct UnreadRow {
    pub room: RoomId,
    pub name: String,
    pub kind: i32,
    pub archived_at: Option<i64>,
    pub notify: i32,
    pub hidden: bool,
    pub favourite: bool,
    pub avatar: Option<AvatarId>,
    pub emoji: String,
    pub counts: UnreadCounts,
}
