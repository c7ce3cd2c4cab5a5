//! Lists of messages for one user, across the rooms that they belong to.

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Bool},
};

use super::reading::these;
use crate::{
    db::{Conn, ids::UserId},
    error::Result,
    messages::Message,
    web::paged::Paged,
};

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Bool)]
    unread: bool,
}

/// The messages that name a person or call everyone (in a thread: who follows it), the newest first, each
/// with whether it is unread: after the position in the room, or in the thread.
pub fn mentioning(
    conn: &mut Conn,
    user: UserId,
    skip: i64,
    most: i64,
) -> Result<Paged<(Message, bool)>> {
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
    let page = Paged::new(rows?, most, skip);
    let ids: Vec<i64> = page.items.iter().map(|row| row.id).collect();
    let mut found = these(conn, &ids)?.into_iter();
    let page = page.map(|row| found.next().map(|message| (message, row.unread)));
    Ok(Paged {
        items: page.items.into_iter().flatten().collect(),
        more: page.more,
        next: page.next,
    })
}
