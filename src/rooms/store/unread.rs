//! Unread counts of a user's rooms, in one query answered from indexes.

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
    sqlite::Sqlite,
};

use crate::{
    db::{Conn, ids::MessageId},
    notifications::sql,
    rooms::list::{MOST_COUNTED, UnreadCounts},
};

/// A user's rooms with their unread counts, or one of these rooms. The counts are read from an index
/// alone and end at [`MOST_COUNTED`], so that years of unread messages cost no more than a hundred. The
/// hundredth is looked up first, because skipping rows is cheaper than counting them.
#[derive(Clone, Copy)]
pub struct Unread {
    pub user: i64,
    pub room: Option<i64>,
}

impl QueryId for Unread {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Unread {
    type SqlType = (
        BigInt,
        Text,
        Integer,
        Nullable<BigInt>,
        Integer,
        Bool,
        Bool,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        Nullable<BigInt>,
    );
}

impl RunQueryDsl<Conn> for Unread {}

impl QueryFragment<Sqlite> for Unread {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "SELECT r.id, r.name, r.kind, r.archived_at, m.notify, m.is_hidden, m.is_favourite, m.read_id, \
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
        out.push_sql(&format!(
            ") ELSE {MOST_COUNTED} END, {mentions}, {replies}, (SELECT u.id "
        ));
        self.theirs(&mut out)?;
        out.push_sql(
            " LIMIT 1) FROM members m JOIN rooms r ON r.id = m.room_id WHERE m.user_id = ",
        );
        out.push_bind_param::<BigInt, i64>(&self.user)?;
        if let Some(room) = &self.room {
            out.push_sql(" AND m.room_id = ");
            out.push_bind_param::<BigInt, i64>(room)?;
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
        out.push_bind_param::<BigInt, i64>(&self.user)
    }
}

/// Result row of [`Unread`].
pub type UnreadRow = (
    i64,
    String,
    i32,
    Option<i64>,
    i32,
    bool,
    bool,
    i64,
    i64,
    i64,
    i64,
    i64,
    Option<i64>,
);

/// Unread counts of a row.
pub fn counts(row: UnreadRow) -> UnreadCounts {
    let (.., read, newest, unread, mentions, threads, first) = row;
    UnreadCounts {
        read,
        newest,
        unread,
        mentions: mentions.min(MOST_COUNTED),
        threads,
        first_unread: first.map(MessageId),
    }
}
