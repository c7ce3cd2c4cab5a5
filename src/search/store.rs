//! Messages by their moments, in the database.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{db::Conn, error::Result, schema::messages};

/// When the first message from this number on was sent (ms UTC).
pub fn sent_at(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    let next = messages::table
        .filter(messages::id.ge(id))
        .order(messages::id.asc());
    Ok(next.select(messages::created_at).first(conn).optional()?)
}
