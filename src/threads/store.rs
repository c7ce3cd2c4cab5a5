//! Followed threads in the database.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, QueryableByName, RunQueryDsl,
    sql_query,
    sql_types::{BigInt, Bool},
};

use super::FollowedThread;
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    messages,
    schema::{follows, messages as table},
    web::paged::Paged,
};

/// The newest reply of a thread; 0 before the first.
pub fn newest_reply(conn: &mut Conn, root: MessageId) -> Result<MessageId> {
    let all = table::table.filter(table::thread_id.eq(root));
    let newest = all.order(table::id.desc()).select(table::id);
    Ok(newest.first(conn).optional()?.unwrap_or(MessageId(0)))
}

/// Moves the position in a followed thread forward. Returns whether it moved.
pub fn read_thread(
    conn: &mut Conn,
    (room, user): (RoomId, UserId),
    root: MessageId,
    to: MessageId,
) -> Result<bool> {
    let row = follows::table.find((user, room, root));
    let behind = row.filter(follows::read_id.lt(to));
    let update = diesel::update(behind).set(follows::read_id.eq(to));
    Ok(update.execute(conn)? > 0)
}

/// Marks the replies of all threads of a user as read.
pub fn read_all_threads(conn: &mut Conn, user: UserId) -> Result<()> {
    const READ_ALL: &str = "
        UPDATE follows SET read_id = MAX(read_id, COALESCE(
            (SELECT MAX(a.id) FROM messages a WHERE a.thread_id = follows.thread_id), 0))
        WHERE user_id = ?1";
    sql_query(READ_ALL).bind::<BigInt, _>(user).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct FollowedRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
    #[diesel(sql_type = BigInt)]
    unread: i64,
}

/// The threads that a user follows, the most recently active first; with `only_unread`, those with unread replies.
pub fn followed(
    conn: &mut Conn,
    user: UserId,
    only_unread: bool,
    skip: i64,
    most: i64,
) -> Result<Paged<FollowedThread>> {
    const FOLLOWED: &str = "
        SELECT id, last, unread FROM (SELECT t.id AS id, COALESCE(t.last_answer, 0) AS last,
               (SELECT COUNT(*) FROM (SELECT 1 FROM messages a WHERE a.thread_id = t.id
                AND a.id > f.read_id AND a.author_id <> f.user_id AND a.deleted_at IS NULL
                LIMIT 100)) AS unread
        FROM follows f JOIN messages t ON t.id = f.thread_id
        JOIN members m ON m.room_id = f.room_id AND m.user_id = f.user_id
        WHERE f.user_id = ?1 AND f.following = 1 AND t.answers > 0)
        WHERE unread > 0 OR NOT ?4 ORDER BY last DESC LIMIT ?2 OFFSET ?3";
    let rows: QueryResult<Vec<FollowedRow>> = sql_query(FOLLOWED)
        .bind::<BigInt, _>(user.0)
        .bind::<BigInt, _>(most + 1)
        .bind::<BigInt, _>(skip)
        .bind::<Bool, _>(only_unread)
        .load(conn);
    let Paged { items, more, next } = Paged::new(rows?, most, skip);
    let mut threads = Vec::with_capacity(items.len());
    for FollowedRow { id, last, unread } in items {
        let mut found = messages::these(conn, &[id, last])?.into_iter();
        if let Some(root) = found.next() {
            let last = found.next();
            threads.push(FollowedThread { root, last, unread });
        }
    }
    let items = threads;
    Ok(Paged { items, more, next })
}
