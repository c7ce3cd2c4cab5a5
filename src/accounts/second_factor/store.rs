//! Second factors, recovery codes and pending log-ins in the database.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{Status, recovery_codes::CodeHash};
use crate::{
    accounts::name::Username,
    db::{Conn, ids::UserId},
    error::{Error, Result},
    schema::{pending_log_ins, recovery_codes, second_factors, users},
};

/// Pending log-ins of one user. The oldest are dropped.
const MAX_PENDING: i64 = 20;

/// A log-in that waits for its second factor.
pub struct PendingLogIn {
    /// Row.
    pub id: i64,
    /// Owner of the password that was entered.
    pub user: UserId,
    /// Their name, under which failures count.
    pub name: String,
}

/// Whether log-ins of a user need a second factor.
pub fn is_on(conn: &mut Conn, user: UserId) -> Result<bool> {
    Ok(secret(conn, user)?.is_some())
}

/// Secret and step of the code used last; `None` while the second factor is off.
pub fn secret(conn: &mut Conn, user: UserId) -> Result<Option<(Vec<u8>, i64)>> {
    let confirmed = second_factors::table
        .find(user)
        .filter(second_factors::confirmed_at.is_not_null());
    let row = confirmed.select((second_factors::secret, second_factors::last_step));
    Ok(row.first(conn).optional()?)
}

/// State of the second factor; `None` while it is off.
pub fn status(conn: &mut Conn, user: UserId) -> Result<Option<Status>> {
    let since = second_factors::table
        .find(user)
        .select(second_factors::confirmed_at);
    let since: Option<Option<i64>> = since.first(conn).optional()?;
    let Some(since) = since.flatten() else {
        return Ok(None);
    };
    let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(user));
    Ok(Some(Status {
        since,
        recovery_codes: codes.count().get_result(conn)?,
    }))
}

/// Secret that waits for its first code.
pub fn pending_secret(conn: &mut Conn, user: UserId) -> Result<Option<Vec<u8>>> {
    let pending = second_factors::table
        .find(user)
        .filter(second_factors::confirmed_at.is_null());
    Ok(pending
        .select(second_factors::secret)
        .first(conn)
        .optional()?)
}

/// Stores a secret that waits for its first code, in place of another one.
pub fn begin(conn: &mut Conn, user: UserId, secret: &[u8], now: i64) -> Result<()> {
    turn_off(conn, user)?;
    let row = (
        second_factors::user_id.eq(user),
        second_factors::secret.eq(secret),
        second_factors::created_at.eq(now),
    );
    let insert = diesel::insert_into(second_factors::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Turns the second factor on at a time (ms UTC), with the step of its first code.
pub fn turn_on(conn: &mut Conn, user: UserId, (now, step): (i64, i64)) -> Result<()> {
    let columns = (
        second_factors::confirmed_at.eq(now),
        second_factors::last_step.eq(step),
    );
    let update = diesel::update(second_factors::table.find(user)).set(columns);
    update.execute(conn)?;
    Ok(())
}

/// Stores the step of the code used last.
pub fn use_step(conn: &mut Conn, user: UserId, step: i64) -> Result<()> {
    let row = second_factors::table.find(user);
    let update = diesel::update(row).set(second_factors::last_step.eq(step));
    update.execute(conn)?;
    Ok(())
}

/// Removes the secret, the recovery codes and the pending log-ins of a user.
pub fn turn_off(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(second_factors::table.find(user)).execute(conn)?;
    let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(user));
    diesel::delete(codes).execute(conn)?;
    cancel_pending(conn, user)
}

/// Replaces the recovery codes of a user by those with these hashes.
pub fn replace_recovery_codes(conn: &mut Conn, user: UserId, hashes: &[CodeHash]) -> Result<()> {
    let before = recovery_codes::table.filter(recovery_codes::user_id.eq(user));
    diesel::delete(before).execute(conn)?;
    for hash in hashes {
        let row = (
            recovery_codes::user_id.eq(user),
            recovery_codes::code_hash.eq(hash.as_slice()),
        );
        let insert = diesel::insert_into(recovery_codes::table).values(row);
        insert.execute(conn)?;
    }
    Ok(())
}

/// Removes a recovery code. Returns whether the user had it.
pub fn take_recovery_code(conn: &mut Conn, user: UserId, hash: &CodeHash) -> Result<bool> {
    let of_user = recovery_codes::user_id.eq(user);
    let is_same = recovery_codes::code_hash.eq(hash.as_slice());
    let row = recovery_codes::table.filter(of_user.and(is_same));
    Ok(diesel::delete(row).execute(conn)? > 0)
}

/// Stores a log-in that waits for its second factor until `expires_at` (ms UTC), and deletes those that waited too
/// long.
pub fn add_pending(
    conn: &mut Conn,
    user: UserId,
    hash: &[u8],
    (now, expires_at): (i64, i64),
) -> Result<()> {
    let expired = pending_log_ins::table.filter(pending_log_ins::expires_at.le(now));
    diesel::delete(expired).execute(conn)?;
    let of_user = pending_log_ins::table.filter(pending_log_ins::user_id.eq(user));
    let newest = of_user
        .order(pending_log_ins::id.desc())
        .offset(MAX_PENDING - 1);
    let surplus: Vec<i64> = newest
        .select(pending_log_ins::id)
        .limit(MAX_PENDING)
        .load(conn)?;
    let surplus = pending_log_ins::table.filter(pending_log_ins::id.eq_any(surplus));
    diesel::delete(surplus).execute(conn)?;
    let row = (
        pending_log_ins::token_hash.eq(hash),
        pending_log_ins::user_id.eq(user),
        pending_log_ins::expires_at.eq(expires_at),
    );
    let insert = diesel::insert_into(pending_log_ins::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// The pending log-in of a token's hash at a time (ms UTC).
pub fn pending(conn: &mut Conn, hash: &[u8], now: i64) -> Result<Option<PendingLogIn>> {
    let is_current = pending_log_ins::expires_at.gt(now);
    let row: Option<(i64, UserId, String)> = pending_log_ins::table
        .inner_join(users::table)
        .filter(pending_log_ins::token_hash.eq(hash).and(is_current))
        .select((
            pending_log_ins::id,
            pending_log_ins::user_id,
            users::username,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, user, name)| PendingLogIn { id, user, name }))
}

/// Ends a pending log-in. Returns whether it was still pending.
pub fn take_pending(conn: &mut Conn, id: i64) -> Result<bool> {
    Ok(diesel::delete(pending_log_ins::table.find(id)).execute(conn)? > 0)
}

/// Ends all pending log-ins of a user.
pub fn cancel_pending(conn: &mut Conn, user: UserId) -> Result<()> {
    let of_user = pending_log_ins::table.filter(pending_log_ins::user_id.eq(user));
    diesel::delete(of_user).execute(conn)?;
    Ok(())
}

impl PendingLogIn {
    /// Their name as a username.
    ///
    /// # Errors
    /// `Internal` if the stored name is not valid.
    pub fn username(&self) -> Result<Username> {
        let invalid = |_| Error::Internal("a stored username is not valid".into());
        Username::parse(&self.name).map_err(invalid)
    }
}
