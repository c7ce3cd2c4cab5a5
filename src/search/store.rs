//! Messages by their moments, in the database.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{db::Conn, error::Result, schema::messages};

/// The number of the first message that was sent at `at` (ms UTC) or later, or one after all of them. Messages
/// have their numbers in the order of time, so half of those in question can be left out at each step.
pub fn first_since(conn: &mut Conn, at: i64) -> Result<i64> {
    let newest = messages::table.order(messages::id.desc());
    let newest: Option<i64> = newest.select(messages::id).first(conn).optional()?;
    let (mut low, mut high) = (1, newest.unwrap_or(0) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match next(conn, middle)? {
            Some((id, sent)) if sent < at => low = id + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// When the first message from this number on was sent.
pub fn sent_at(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    Ok(next(conn, id)?.map(|(_, sent)| sent))
}

fn next(conn: &mut Conn, id: i64) -> Result<Option<(i64, i64)>> {
    let next = messages::table
        .filter(messages::id.ge(id))
        .order(messages::id.asc());
    let columns = (messages::id, messages::created_at);
    Ok(next.select(columns).first(conn).optional()?)
}
