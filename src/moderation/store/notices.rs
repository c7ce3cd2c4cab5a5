//! Notices in the database.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, dsl::exists, select};

use crate::{
    db::{Conn, ids::UserId},
    error::Result,
    moderation::UserNotice,
    schema::{notices, users},
};

/// Adds a notice. Returns whether the user exists.
pub fn insert(
    conn: &mut Conn,
    user: UserId,
    (text, excerpt): (&str, &str),
    now: i64,
) -> Result<bool> {
    if !select(exists(users::table.find(user))).get_result(conn)? {
        return Ok(false);
    }
    let row = (
        notices::user_id.eq(user),
        notices::text.eq(text),
        notices::excerpt.eq(excerpt),
        notices::created_at.eq(now),
    );
    diesel::insert_into(notices::table)
        .values(row)
        .execute(conn)?;
    Ok(true)
}

/// Notices of a user, newest first.
pub fn list(conn: &mut Conn, user: UserId, most: i64) -> Result<Vec<UserNotice>> {
    let rows: Vec<(i64, String, String, i64)> = notices::table
        .filter(notices::user_id.eq(user))
        .order(notices::id.desc())
        .limit(most)
        .select((
            notices::id,
            notices::text,
            notices::excerpt,
            notices::created_at,
        ))
        .load(conn)?;
    let notice = |(id, text, excerpt, created_at)| UserNotice {
        id,
        text,
        excerpt,
        created_at,
    };
    Ok(rows.into_iter().map(notice).collect())
}

/// Deletes a notice of a user. Returns whether there was one.
pub fn delete(conn: &mut Conn, user: UserId, id: i64) -> Result<bool> {
    let row = notices::table
        .filter(notices::id.eq(id))
        .filter(notices::user_id.eq(user));
    Ok(diesel::delete(row).execute(conn)? > 0)
}
