//! Links to choose a new password in the database.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{
    db::{Conn, ids::UserId, time::DAY},
    error::Result,
    schema::{password_resets, users},
};

/// Links of a user at the same time. The oldest is removed.
const MAX_LINKS: i64 = 5;

/// Link in the database.
#[derive(Clone, Debug)]
pub struct StoredLink {
    /// User whose password it changes.
    pub username: String,
    /// End (ms UTC).
    pub expires_at: i64,
    pub state: ResetLinkState,
}

/// Whether a link works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetLinkState {
    Valid,
    Used,
    Expired,
}

/// Adds a link, and removes old ones.
pub fn insert(conn: &mut Conn, user: UserId, hash: &[u8], now: i64, expires_at: i64) -> Result<()> {
    let old = password_resets::table.filter(password_resets::expires_at.lt(now - DAY));
    diesel::delete(old).execute(conn)?;
    let of_user = password_resets::table.filter(password_resets::user_id.eq(user));
    let newest = of_user
        .order(password_resets::id.desc())
        .offset(MAX_LINKS - 1);
    let surplus: Vec<i64> = newest
        .select(password_resets::id)
        .limit(MAX_LINKS)
        .load(conn)?;
    let surplus = password_resets::table.filter(password_resets::id.eq_any(surplus));
    diesel::delete(surplus).execute(conn)?;
    let row = (
        password_resets::token_hash.eq(hash),
        password_resets::user_id.eq(user),
        password_resets::expires_at.eq(expires_at),
    );
    let insert = diesel::insert_into(password_resets::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// The link of a token's hash at `now` (ms UTC).
pub fn find(conn: &mut Conn, hash: &[u8], now: i64) -> Result<Option<StoredLink>> {
    let row: Option<(String, i64, Option<i64>)> = password_resets::table
        .inner_join(users::table)
        .filter(password_resets::token_hash.eq(hash))
        .select((
            users::username,
            password_resets::expires_at,
            password_resets::used_at,
        ))
        .first(conn)
        .optional()?;
    let link = |(username, expires_at, used_at): (String, i64, Option<i64>)| StoredLink {
        username,
        expires_at,
        state: match used_at {
            Some(_) => ResetLinkState::Used,
            None if expires_at <= now => ResetLinkState::Expired,
            None => ResetLinkState::Valid,
        },
    };
    Ok(row.map(link))
}

/// Uses a link, which works once. Returns its user; `None` if it is not valid at `now` (ms UTC).
pub fn take(conn: &mut Conn, hash: &[u8], now: i64) -> Result<Option<UserId>> {
    let is_valid = password_resets::used_at
        .is_null()
        .and(password_resets::expires_at.gt(now));
    let link = password_resets::table.filter(password_resets::token_hash.eq(hash).and(is_valid));
    let update = diesel::update(link).set(password_resets::used_at.eq(now));
    let user = update.returning(password_resets::user_id);
    Ok(user.get_result(conn).optional()?)
}

/// Removes the links of a user that were not used: a new password makes them useless.
pub fn remove_unused(conn: &mut Conn, user: UserId) -> Result<()> {
    let unused = password_resets::used_at.is_null();
    let links = password_resets::table.filter(password_resets::user_id.eq(user).and(unused));
    diesel::delete(links).execute(conn)?;
    Ok(())
}
