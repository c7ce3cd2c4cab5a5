//! SQL of unread badges: which unread messages count for a member. SQLite only.
//!
//! The parts refer to a row of `members m`, which is the member and the room.

/// Messages of others in the room, after the position of a row of `members m`.
pub const NEW: &str = "u.room_id = m.room_id AND u.id > m.read_id AND u.author_id <> m.user_id \
    AND u.thread_id IS NULL AND u.deleted_at IS NULL";

/// Answers of others that its person has not read, in threads of which they decided whether to follow them.
pub const NEW_IN_THREADS: &str = "FROM follows f JOIN messages a ON a.thread_id = f.thread_id AND a.id > f.read_id \
    AND a.author_id <> f.user_id AND a.deleted_at IS NULL WHERE f.user_id = m.user_id AND f.room_id = m.room_id";

/// How many rows there are, up to [`MOST_COUNTED`].
pub fn at_most(limit: i64, rows: &str) -> String {
    format!("(SELECT COUNT(*) FROM (SELECT 1 {rows} LIMIT {limit}))")
}

/// Counts unread mentions of a member: messages and replies that name them or everyone. In a thread everyone is
/// who follows it. What does both is counted once. The few messages that name them come first (SQLite keeps the order
/// of a `CROSS JOIN`), not all that are unread.
pub fn mentions(limit: i64) -> String {
    let named = "FROM mentions c CROSS JOIN messages u ON u.id = c.message_id WHERE c.user_id = m.user_id \
        AND c.room_id = m.room_id AND c.message_id > m.read_id AND u.calls <> 1";
    let named_there = "EXISTS (SELECT 1 FROM mentions c WHERE c.user_id = f.user_id \
        AND c.room_id = f.room_id AND c.message_id = a.id) AND (a.calls <> 1 OR f.following = 0)";
    let counts = [
        at_most(limit, &format!("{named} AND {NEW}")),
        at_most(limit, &format!("{NEW_IN_THREADS} AND {named_there}")),
        at_most(
            limit,
            &format!("FROM messages u WHERE u.calls = 1 AND {NEW}"),
        ),
        at_most(
            limit,
            &format!("{NEW_IN_THREADS} AND a.calls = 1 AND f.following = 1"),
        ),
    ];
    counts.join(" + ")
}
