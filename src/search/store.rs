//! Reads the times of messages.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{db::Conn, error::Result, schema::messages};

/// The time (ms UTC) of the first message whose id is at least `id`.
pub fn sent_at(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    let next = messages::table
        .filter(messages::id.ge(id))
        .order(messages::id.asc());
    Ok(next.select(messages::created_at).first(conn).optional()?)
}
