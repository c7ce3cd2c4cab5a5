//! Removal of rows of expired uploads and of detached files.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl,
    dsl::{exists, min, select},
};

use crate::{db::Conn, error::Result, schema::files};

/// Deletes up to `limit` rows of expired uploads and detached files. Returns their tokens and the hashes of their blobs
/// and posters.
pub fn delete_outdated(
    conn: &mut Conn,
    now: i64,
    limit: i64,
) -> Result<Vec<(String, Vec<String>)>> {
    let outdated = files::table
        .filter(files::message_id.is_null())
        .filter(files::expires_at.is_null().or(files::expires_at.le(now)));
    let rows: Vec<(i64, String, Option<String>, Option<String>)> = outdated
        .select((files::id, files::token, files::hash, files::poster_hash))
        .limit(limit)
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
    diesel::delete(files::table.filter(files::id.eq_any(ids))).execute(conn)?;
    let blobs_of =
        |(_, token, hash, poster)| (token, [hash, poster].into_iter().flatten().collect());
    Ok(rows.into_iter().map(blobs_of).collect())
}

/// Returns whether there are detached files.
pub fn has_detached(conn: &mut Conn) -> Result<bool> {
    let detached = files::table
        .filter(files::message_id.is_null())
        .filter(files::expires_at.is_null());
    Ok(select(exists(detached)).get_result(conn)?)
}

/// Returns when the next upload expires (ms UTC).
pub fn next_expiry(conn: &mut Conn) -> Result<Option<i64>> {
    let without_message = files::table.filter(files::message_id.is_null());
    Ok(without_message.select(min(files::expires_at)).first(conn)?)
}
