//! What is unread in a person's rooms, in one query that indexes answer.

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
    sqlite::Sqlite,
};

use crate::{
    db::{Conn, ids::MessageId},
    rooms::list::{MOST_COUNTED, UnreadCounts},
};

/// A person's rooms with what is unread in them, or one of these. The counts are taken from an index
/// alone and end at [`MOST_COUNTED`], so that what lies unread for years costs no more than a hundred messages:
/// the hundredth is looked for first, because to skip rows is cheaper than to count them.
#[derive(Clone, Copy)]
pub struct Unread {
    pub user: i64,
    pub room: Option<i64>,
}

/// Messages of others in the room, after the position of a row of `members m`.
const NEW: &str = "u.room_id = m.room_id AND u.id > m.read_id AND u.author_id <> m.user_id \
    AND u.thread_id IS NULL AND u.deleted_at IS NULL";

/// Answers of others that its person has not read, in threads of which they decided whether to follow them.
const NEW_IN_THREADS: &str = "FROM follows f JOIN messages a ON a.thread_id = f.thread_id AND a.id > f.read_id \
    AND a.author_id <> f.user_id AND a.deleted_at IS NULL WHERE f.user_id = m.user_id AND f.room_id = m.room_id";

/// How many rows there are, up to [`MOST_COUNTED`].
fn at_most(rows: &str) -> String {
    format!("(SELECT COUNT(*) FROM (SELECT 1 {rows} LIMIT {MOST_COUNTED}))")
}

/// What calls the person: messages that name them or everybody, and such answers. In a thread everybody is
/// who follows it. What does both is counted once. The few messages that name them come first (SQLite keeps the order
/// of a `CROSS JOIN`), not all that are unread.
fn calling() -> String {
    let named = "FROM mentions c CROSS JOIN messages u ON u.id = c.message_id WHERE c.user_id = m.user_id \
        AND c.room_id = m.room_id AND c.message_id > m.read_id AND u.calls <> 1";
    let named_there = "EXISTS (SELECT 1 FROM mentions c WHERE c.user_id = f.user_id \
        AND c.room_id = f.room_id AND c.message_id = a.id) AND (a.calls <> 1 OR f.following = 0)";
    let counts = [
        at_most(&format!("{named} AND {NEW}")),
        at_most(&format!("{NEW_IN_THREADS} AND {named_there}")),
        at_most(&format!("FROM messages u WHERE u.calls = 1 AND {NEW}")),
        at_most(&format!(
            "{NEW_IN_THREADS} AND a.calls = 1 AND f.following = 1"
        )),
    ];
    counts.join(" + ")
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
        let answers = at_most(&format!("{NEW_IN_THREADS} AND f.following = 1"));
        let calling = calling();
        out.push_sql(&format!(
            ") ELSE {MOST_COUNTED} END, {calling}, {answers}, (SELECT u.id "
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
    /// What others wrote after the position of a row of `members m`.
    fn theirs<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "FROM messages u WHERE u.room_id = m.room_id AND u.id > m.read_id \
             AND u.thread_id IS NULL AND u.deleted_at IS NULL AND u.author_id <> ",
        );
        out.push_bind_param::<BigInt, i64>(&self.user)
    }
}

/// As [`Unread`] answers it.
pub type Row = (
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

/// What a row says is unread.
pub fn counts(row: Row) -> UnreadCounts {
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
