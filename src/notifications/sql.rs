//! SQL of unread badges (SQLite only). The parts refer to a row of `members m`: the member and the room.

/// Unread messages of other users in the room.
pub const NEW: &str = "u.room_id = m.room_id AND u.id > m.read_id AND u.author_id <> m.user_id \
    AND u.thread_id IS NULL AND u.deleted_at IS NULL";

/// Unread replies of other users, in threads about which the member made a decision.
pub const NEW_IN_THREADS: &str = "FROM follows f JOIN messages a ON a.thread_id = f.thread_id AND a.id > f.read_id \
    AND a.author_id <> f.user_id AND a.deleted_at IS NULL WHERE f.user_id = m.user_id AND f.room_id = m.room_id";

/// Late mentions of the member: edits added them to messages that the member had read.
const LATE: &str = "FROM mentions c CROSS JOIN messages u ON u.id = c.message_id WHERE c.is_late = 1 \
    AND c.user_id = m.user_id AND c.room_id = m.room_id AND u.author_id <> m.user_id AND u.calls <> 1";

/// The member has not blocked the author of a message, which is a row `u`.
pub const NOT_BLOCKED: &str = "NOT EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = m.user_id \
    AND b.blocked_id = u.author_id)";

/// Counts rows, up to `limit`.
pub fn at_most(limit: i64, rows: &str) -> String {
    format!("(SELECT COUNT(*) FROM (SELECT 1 {rows} LIMIT {limit}))")
}

/// Counts unread mentions of a member outside threads: messages that name the member or all members, and late mentions.
/// A message that does both counts once. The join starts at the few messages that name the member, because SQLite does
/// not reorder a `CROSS JOIN`.
pub fn mentions(limit: i64) -> String {
    let named = "FROM mentions c CROSS JOIN messages u ON u.id = c.message_id WHERE c.user_id = m.user_id \
        AND c.room_id = m.room_id AND c.message_id > m.read_id AND c.is_late = 0 AND u.calls <> 1";
    let counts = [
        format!("{LATE} AND u.thread_id IS NULL"),
        format!("{named} AND {NEW}"),
        format!("FROM messages u WHERE u.calls = 1 AND {NEW} AND {NOT_BLOCKED}"),
    ];
    counts.map(|rows| at_most(limit, &rows)).join(" + ")
}

/// Counts unread mentions of a member in threads: replies that name the member, or all followers of the thread, and
/// late mentions.
pub fn mentions_in_threads(limit: i64) -> String {
    let named = "EXISTS (SELECT 1 FROM mentions c WHERE c.user_id = f.user_id \
        AND c.room_id = f.room_id AND c.message_id = a.id AND c.is_late = 0) AND (a.calls <> 1 OR f.following = 0)";
    let counts = [
        format!("{LATE} AND u.thread_id IS NOT NULL"),
        format!("{NEW_IN_THREADS} AND {named}"),
        format!(
            "{NEW_IN_THREADS} AND a.calls = 1 AND f.following = 1 AND {}",
            NOT_BLOCKED.replace("u.author_id", "a.author_id")
        ),
    ];
    counts.map(|rows| at_most(limit, &rows)).join(" + ")
}
