//! What concerns a person, in all the rooms that they are in.

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Bool},
};

use super::reading::these;
use crate::{
    db::{Conn, ids::UserId},
    error::Result,
    messages::{Followed, Message},
};

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Bool)]
    unread: bool,
}

/// The messages that name a person or call everybody (in a thread: who follows it), the newest first, each
/// with whether it is unread: after the position in the room, or in the thread.
pub fn mentioning(
    conn: &mut Conn,
    user: UserId,
    skip: i64,
    most: i64,
) -> Result<(Vec<(Message, bool)>, bool)> {
    const NAMED: &str = "
        SELECT u.id AS id,
               u.id > CASE WHEN u.thread_id IS NULL THEN m.read_id ELSE COALESCE(
                   (SELECT f.read_id FROM follows f WHERE f.user_id = m.user_id
                    AND f.room_id = m.room_id AND f.thread_id = u.thread_id), u.id) END AS unread
        FROM (SELECT c.message_id AS id FROM mentions c WHERE c.user_id = ?1
              UNION SELECT r.id FROM members o CROSS JOIN messages r
                  ON r.room_id = o.room_id AND r.calls = 1 WHERE o.user_id = ?1
                  AND (r.thread_id IS NULL OR EXISTS (SELECT 1 FROM follows g
                      WHERE g.user_id = ?1 AND g.room_id = r.room_id
                      AND g.thread_id = r.thread_id AND g.following = 1))) x
        CROSS JOIN messages u ON u.id = x.id
        CROSS JOIN members m ON m.room_id = u.room_id AND m.user_id = ?1
        WHERE u.deleted_at IS NULL AND u.author_id <> ?1
        ORDER BY u.id DESC LIMIT ?2 OFFSET ?3";
    let rows: QueryResult<Vec<Named>> = sql_query(NAMED)
        .bind::<BigInt, _>(user.0)
        .bind::<BigInt, _>(most + 1)
        .bind::<BigInt, _>(skip)
        .load(conn);
    let mut rows = rows?;
    let more = rows.len() > most as usize;
    rows.truncate(most as usize);
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let found = these(conn, &ids)?.into_iter().zip(rows);
    Ok((
        found.map(|(message, row)| (message, row.unread)).collect(),
        more,
    ))
}

#[derive(QueryableByName)]
struct Thread {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
    #[diesel(sql_type = BigInt)]
    unread: i64,
}

/// The threads that a person follows, the liveliest first.
pub fn followed(
    conn: &mut Conn,
    user: UserId,
    skip: i64,
    most: i64,
) -> Result<(Vec<Followed>, bool)> {
    const FOLLOWED: &str = "
        SELECT t.id AS id, COALESCE(t.last_answer, 0) AS last,
               (SELECT COUNT(*) FROM (SELECT 1 FROM messages a WHERE a.thread_id = t.id
                AND a.id > f.read_id AND a.author_id <> f.user_id AND a.deleted_at IS NULL
                LIMIT 100)) AS unread
        FROM follows f JOIN messages t ON t.id = f.thread_id
        JOIN members m ON m.room_id = f.room_id AND m.user_id = f.user_id
        WHERE f.user_id = ?1 AND f.following = 1 AND t.answers > 0
        ORDER BY t.last_answer DESC LIMIT ?2 OFFSET ?3";
    let rows: QueryResult<Vec<Thread>> = sql_query(FOLLOWED)
        .bind::<BigInt, _>(user.0)
        .bind::<BigInt, _>(most + 1)
        .bind::<BigInt, _>(skip)
        .load(conn);
    let mut rows = rows?;
    let more = rows.len() > most as usize;
    rows.truncate(most as usize);
    let mut followed = Vec::with_capacity(rows.len());
    for row in rows {
        let mut found = these(conn, &[row.id, row.last])?.into_iter();
        let Some(root) = found.next() else { continue };
        followed.push(Followed {
            root,
            last: found.next(),
            unread: row.unread,
        });
    }
    Ok((followed, more))
}
