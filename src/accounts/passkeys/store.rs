//! Passkeys and their challenges in the database.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    Passkey,
    credential::NewCredential,
    public_key::{KeyAlgorithm, PublicKey},
};
use crate::{
    db::{Conn, ids::UserId},
    error::{Error, Result},
    schema::{passkey_challenges, passkeys},
};

/// Passkey with what a log-in needs of it.
pub struct KnownPasskey {
    pub id: i64,
    pub user: UserId,
    /// Host for which it was made.
    pub host: String,
    pub key: PublicKey,
    /// Counter of the authenticator at its last use.
    pub uses: i64,
}

/// Stores a challenge until `expires_at`, and deletes those that expired (ms UTC).
pub fn add_challenge(
    conn: &mut Conn,
    (hash, bound_to): (&[u8], &[u8]),
    (now, expires_at): (i64, i64),
) -> Result<()> {
    let expired = passkey_challenges::table.filter(passkey_challenges::expires_at.le(now));
    diesel::delete(expired).execute(conn)?;
    let row = (
        passkey_challenges::challenge_hash.eq(hash),
        passkey_challenges::bound_to.eq(bound_to),
        passkey_challenges::expires_at.eq(expires_at),
    );
    let insert = diesel::insert_into(passkey_challenges::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Removes a challenge. Returns whether it was given out to `bound_to` and not used before.
pub fn take_challenge(conn: &mut Conn, (hash, bound_to): (&[u8], &[u8]), now: i64) -> Result<bool> {
    let is_same = passkey_challenges::challenge_hash.eq(hash);
    let is_own = passkey_challenges::bound_to.eq(bound_to);
    let is_current = passkey_challenges::expires_at.gt(now);
    let row = passkey_challenges::table.filter(is_same.and(is_own).and(is_current));
    Ok(diesel::delete(row).execute(conn)? > 0)
}

/// The passkey of a credential.
pub fn find(conn: &mut Conn, credential: &[u8]) -> Result<Option<KnownPasskey>> {
    type Row = (i64, UserId, String, i32, Vec<u8>, i64);
    let row: Option<Row> = passkeys::table
        .filter(passkeys::credential_id.eq(credential))
        .select((
            passkeys::id,
            passkeys::user_id,
            passkeys::host,
            passkeys::algorithm,
            passkeys::public_key,
            passkeys::uses,
        ))
        .first(conn)
        .optional()?;
    let Some((id, user, host, algorithm, bits, uses)) = row else {
        return Ok(None);
    };
    let unknown = || Error::Internal("a passkey has an unknown algorithm".into());
    let algorithm = KeyAlgorithm::of_cose(algorithm).ok_or_else(unknown)?;
    let key = PublicKey { algorithm, bits };
    Ok(Some(KnownPasskey {
        id,
        user,
        host,
        key,
        uses,
    }))
}

/// Records a use of a passkey at a time (ms UTC), with the counter of the authenticator. Returns whether it exists.
pub fn touch(conn: &mut Conn, id: i64, (uses, now): (i64, i64)) -> Result<bool> {
    let columns = (passkeys::uses.eq(uses), passkeys::used_at.eq(now));
    let update = diesel::update(passkeys::table.find(id)).set(columns);
    Ok(update.execute(conn)? > 0)
}

/// Ids of the credentials of a user.
pub fn credentials(conn: &mut Conn, user: UserId) -> Result<Vec<Vec<u8>>> {
    let of_user = passkeys::table.filter(passkeys::user_id.eq(user));
    let ids = of_user.order(passkeys::id).select(passkeys::credential_id);
    Ok(ids.load(conn)?)
}

/// Passkeys of a user, oldest first.
pub fn list(conn: &mut Conn, user: UserId) -> Result<Vec<Passkey>> {
    let rows: Vec<(i64, String, i64, Option<i64>)> = passkeys::table
        .filter(passkeys::user_id.eq(user))
        .order(passkeys::id)
        .select((
            passkeys::id,
            passkeys::name,
            passkeys::created_at,
            passkeys::used_at,
        ))
        .load(conn)?;
    let passkey = |(id, name, created_at, used_at)| Passkey {
        id,
        name,
        created_at,
        used_at,
    };
    Ok(rows.into_iter().map(passkey).collect())
}

/// Adds a passkey for a host. Returns its id; `None` if the credential is known.
pub fn add(
    conn: &mut Conn,
    user: UserId,
    new: &NewCredential,
    (host, name, now): (&str, &str, i64),
) -> Result<Option<i64>> {
    if find(conn, &new.id)?.is_some() {
        return Ok(None);
    }
    let row = (
        passkeys::user_id.eq(user),
        passkeys::credential_id.eq(&new.id),
        passkeys::host.eq(host),
        passkeys::algorithm.eq(new.key.algorithm.cose()),
        passkeys::public_key.eq(&new.key.bits),
        passkeys::uses.eq(new.uses),
        passkeys::name.eq(name),
        passkeys::created_at.eq(now),
    );
    let insert = diesel::insert_into(passkeys::table).values(row);
    Ok(Some(insert.returning(passkeys::id).get_result(conn)?))
}

/// Renames a passkey of a user. Returns whether they have it.
pub fn rename(conn: &mut Conn, user: UserId, (id, name): (i64, &str)) -> Result<bool> {
    let row = passkeys::table.filter(passkeys::id.eq(id).and(passkeys::user_id.eq(user)));
    let update = diesel::update(row).set(passkeys::name.eq(name));
    Ok(update.execute(conn)? > 0)
}

/// Removes a passkey of a user. Returns whether they had it.
pub fn remove(conn: &mut Conn, user: UserId, id: i64) -> Result<bool> {
    let row = passkeys::table.filter(passkeys::id.eq(id).and(passkeys::user_id.eq(user)));
    Ok(diesel::delete(row).execute(conn)? > 0)
}
