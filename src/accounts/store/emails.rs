//! E-mail addresses in the database.

use std::collections::HashMap;

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{
    accounts::name::Username,
    db::{Conn, ids::UserId},
    error::Result,
    mail::MailAddress,
    schema::{email_addresses, email_confirmations, users},
};

/// Addresses of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnEmail {
    pub confirmed: Option<String>,
    /// Address that waits for confirmation.
    pub pending: Option<String>,
}

/// The addresses of a user at `now` (ms UTC).
pub fn own(conn: &mut Conn, user: UserId, now: i64) -> Result<OwnEmail> {
    let confirmed = email_addresses::table
        .find(user)
        .select(email_addresses::address)
        .first(conn)
        .optional()?;
    let pending = email_confirmations::table
        .find(user)
        .filter(email_confirmations::expires_at.gt(now))
        .select(email_confirmations::address)
        .first(conn)
        .optional()?;
    Ok(OwnEmail { confirmed, pending })
}

/// The addresses of several users at `now` (ms UTC). Users without one are left out.
pub fn emails_of(conn: &mut Conn, users: &[UserId], now: i64) -> Result<HashMap<UserId, OwnEmail>> {
    let mut found: HashMap<UserId, OwnEmail> = HashMap::new();
    let confirmed: Vec<(UserId, String)> = email_addresses::table
        .filter(email_addresses::user_id.eq_any(users))
        .select((email_addresses::user_id, email_addresses::address))
        .load(conn)?;
    for (user, address) in confirmed {
        found.entry(user).or_default().confirmed = Some(address);
    }
    let pending: Vec<(UserId, String)> = email_confirmations::table
        .filter(email_confirmations::user_id.eq_any(users))
        .filter(email_confirmations::expires_at.gt(now))
        .select((email_confirmations::user_id, email_confirmations::address))
        .load(conn)?;
    for (user, address) in pending {
        found.entry(user).or_default().pending = Some(address);
    }
    Ok(found)
}

/// Stores an address that waits for confirmation, in place of another one.
pub fn set_pending(conn: &mut Conn, user: UserId, address: &str, expires_at: i64) -> Result<()> {
    diesel::delete(email_confirmations::table.find(user)).execute(conn)?;
    let row = (
        email_confirmations::user_id.eq(user),
        email_confirmations::address.eq(address),
        email_confirmations::expires_at.eq(expires_at),
    );
    let insert = diesel::insert_into(email_confirmations::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Stores the token of a mail. Returns whether its address still waits for confirmation.
pub fn set_token(conn: &mut Conn, user: UserId, address: &str, hash: &[u8]) -> Result<bool> {
    let waiting = email_confirmations::table.filter(
        email_confirmations::user_id
            .eq(user)
            .and(email_confirmations::address.eq(address)),
    );
    let update = diesel::update(waiting).set(email_confirmations::token_hash.eq(hash));
    Ok(update.execute(conn)? > 0)
}

/// The address of a user that a token confirms at `now` (ms UTC).
pub fn pending(conn: &mut Conn, user: UserId, hash: &[u8], now: i64) -> Result<Option<String>> {
    let is_valid = email_confirmations::token_hash
        .eq(hash)
        .and(email_confirmations::expires_at.gt(now));
    let address = email_confirmations::table
        .find(user)
        .filter(is_valid)
        .select(email_confirmations::address);
    Ok(address.first(conn).optional()?)
}

/// Confirms an address, in place of the former one. Returns whether no other user has it.
pub fn confirm(conn: &mut Conn, user: UserId, address: &MailAddress) -> Result<bool> {
    let owner: Option<UserId> = email_addresses::table
        .filter(email_addresses::key.eq(address.key()))
        .select(email_addresses::user_id)
        .first(conn)
        .optional()?;
    if owner.is_some_and(|owner| owner != user) {
        return Ok(false);
    }
    remove(conn, user)?;
    let row = (
        email_addresses::user_id.eq(user),
        email_addresses::address.eq(address.to_string()),
        email_addresses::key.eq(address.key()),
    );
    let insert = diesel::insert_into(email_addresses::table).values(row);
    insert.execute(conn)?;
    Ok(true)
}

/// Removes the addresses of a user.
pub fn remove(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(email_confirmations::table.find(user)).execute(conn)?;
    diesel::delete(email_addresses::table.find(user)).execute(conn)?;
    Ok(())
}

/// User with a confirmed address: id, username and address.
pub type Addressee = (UserId, String, String);

/// A user with a confirmed address.
pub fn of_user(conn: &mut Conn, user: UserId) -> Result<Option<Addressee>> {
    let found = email_addresses::table
        .inner_join(users::table)
        .filter(email_addresses::user_id.eq(user))
        .select((users::id, users::username, email_addresses::address));
    Ok(found.first(conn).optional()?)
}

/// The user of a name, if they have a confirmed address.
pub fn of_name(conn: &mut Conn, name: &Username) -> Result<Option<Addressee>> {
    let user = users::table
        .filter(users::username_key.eq(name.key()))
        .select(users::id);
    match user.first(conn).optional()? {
        Some(user) => of_user(conn, user),
        None => Ok(None),
    }
}

/// The user of a confirmed address.
pub fn of_address(conn: &mut Conn, address: &MailAddress) -> Result<Option<Addressee>> {
    let user = email_addresses::table
        .filter(email_addresses::key.eq(address.key()))
        .select(email_addresses::user_id);
    match user.first(conn).optional()? {
        Some(user) => of_user(conn, user),
        None => Ok(None),
    }
}
