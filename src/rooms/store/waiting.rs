//! Numbers that a sidebar shows beside the rooms, in one query.

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};

use crate::{
    db::{Conn, ids::UserId},
    error::Result,
    rooms::Waiting,
};

/// Reports about the reader's own messages are not counted: another moderator handles them.
const WAITING: &str = "
    SELECT (SELECT COUNT(*) FROM invitations i WHERE i.user_id = u.id
               AND i.declined_at IS NULL) AS invitations,
           (SELECT COUNT(*) FROM notices n WHERE n.user_id = u.id) AS notices,
           CASE WHEN u.is_admin = 1 OR u.role = 'moderator' THEN (SELECT COUNT(*) FROM reports r
               WHERE r.resolved_at IS NULL AND r.author_id <> u.id) ELSE -1 END AS reports,
           (SELECT COUNT(*) FROM blocks b WHERE b.blocker_id = u.id) AS blocks,
           (SELECT COALESCE(MAX(b.id), 0) FROM blocks b WHERE b.blocker_id = u.id) AS newest_block
    FROM users u WHERE u.id = ?1";

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(sql_type = BigInt)]
    invitations: i64,
    #[diesel(sql_type = BigInt)]
    notices: i64,
    #[diesel(sql_type = BigInt)]
    reports: i64,
    #[diesel(sql_type = BigInt)]
    blocks: i64,
    #[diesel(sql_type = BigInt)]
    newest_block: i64,
}

/// Everything that waits for a user.
pub fn waiting(conn: &mut Conn, user: UserId) -> Result<Waiting> {
    let rows: Vec<WaitingRow> = sql_query(WAITING).bind::<BigInt, _>(user).load(conn)?;
    let waiting = rows.into_iter().next().map(|row| Waiting {
        invitations: row.invitations,
        notices: row.notices,
        reports: (row.reports >= 0).then_some(row.reports),
        blocks: (row.blocks, row.newest_block),
    });
    Ok(waiting.unwrap_or_default())
}
