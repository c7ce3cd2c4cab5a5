//! Bytes that users have stored, for the quotas.

use diesel::{
    ExpressionMethods, QueryDsl, RunQueryDsl,
    dsl::{count_star, sql},
    sql_types::BigInt,
};

use crate::{
    db::{Conn, ids::UserId},
    error::Result,
    schema::files,
};

/// Bytes and unfinished uploads of one user, and bytes of all.
pub struct Usage {
    pub of_user: i64,
    pub unfinished: i64,
    pub total: i64,
}

/// Reads what a user has stored, and all users together if that is wanted.
pub fn usage(conn: &mut Conn, user: UserId, with_total: bool) -> Result<Usage> {
    let own = files::table.filter(files::user_id.eq(user));
    let unfinished = own.filter(files::hash.is_null()).select(count_star());
    Ok(Usage {
        of_user: bytes(conn, Some(user))?,
        unfinished: unfinished.first(conn)?,
        total: match with_total {
            true => bytes(conn, None)?,
            false => 0,
        },
    })
}

/// Bytes of the files of one user, or of all, with their reduced copies.
fn bytes(conn: &mut Conn, user: Option<UserId>) -> Result<i64> {
    let total = sql::<BigInt>("COALESCE(SUM(size + copies_size), 0)");
    Ok(match user {
        Some(user) => files::table
            .filter(files::user_id.eq(user))
            .select(total)
            .first(conn)?,
        None => files::table.select(total).first(conn)?,
    })
}
