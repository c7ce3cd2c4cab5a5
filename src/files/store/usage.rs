//! Storage used by users, for quotas, and their number of files.

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

/// Storage used by one user and by all, in bytes, and the user's number of unfinished uploads.
pub struct Usage {
    pub of_user: i64,
    pub unfinished: i64,
    pub total: i64,
}

/// Returns the usage of a user. `total` is only computed if `with_total` is set, and is 0 otherwise.
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

/// Returns the number of a user's files that messages show.
pub fn count_posted(conn: &mut Conn, user: UserId) -> Result<i64> {
    let posted = files::table
        .filter(files::user_id.eq(user))
        .filter(files::message_id.is_not_null());
    Ok(posted.count().get_result(conn)?)
}

/// Returns the total size of one user's files, or of all files, including reduced copies.
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
