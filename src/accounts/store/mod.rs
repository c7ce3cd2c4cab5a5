//! Accounts, their sessions and devices in the database.

pub mod administration;
pub mod deletion;
pub mod emails;
pub mod former_names;
pub mod resets;
pub mod sessions;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    dsl::exists, select,
};

use super::{
    ServerRole,
    invite::NewAccess,
    name::{Username, core},
};
use crate::{
    db::{Conn, ids::UserId, time},
    error::Result,
    schema::{devices, users},
    web::appearance::Appearance,
};

/// Maximum number of devices of a user. The one that logged in longest ago is forgotten.
const MAX_DEVICES: i64 = 50;

/// Whether a name, or one that can be taken for it, is taken as a username, shown as a display name, or reserved.
pub fn is_taken(conn: &mut Conn, name: &Username) -> Result<bool> {
    let is_taken = is_taken_by_another(conn, name, None)?;
    Ok(is_taken || former_names::is_reserved(conn, name, None, time::now())?)
}

/// Whether a name, or one that can be taken for it, is the username or the display name of another user than `user`.
pub fn is_taken_by_another(conn: &mut Conn, name: &Username, user: Option<UserId>) -> Result<bool> {
    let keys = name.keys();
    let is_other = users::id.ne(user.unwrap_or(UserId(0))); // ids begin at 1
    let same_letters = users::table
        .filter(is_other)
        .filter(users::username_letters.eq(&keys.letters));
    let same_letters: Vec<String> = same_letters.select(users::username).load(conn)?;
    let key = core(name.shown());
    if same_letters.iter().any(|other| core(other) == key) {
        return Ok(true);
    }
    let is_alike = users::username_key
        .eq(&keys.key)
        .or(users::username_look.eq(&keys.look))
        .or(users::display_name_letters.eq(&keys.letters));
    let alike = users::table.filter(is_other).filter(is_alike);
    Ok(select(exists(alike)).get_result(conn)?)
}

/// Whether there is an account.
pub fn has_users(conn: &mut Conn) -> Result<bool> {
    Ok(select(exists(users::table.select(users::id))).get_result(conn)?)
}

/// Creates an account; `None` if the name was taken in the meantime.
pub fn insert(conn: &mut Conn, name: &Username, hash: &str, now: i64) -> Result<Option<UserId>> {
    if is_taken(conn, name)? {
        return Ok(None);
    }
    let has_users = has_users(conn)?;
    let row = (
        users::is_admin.eq(!has_users), // the first user runs the server
        users::username.eq(name.shown()),
        users::username_key.eq(name.key()),
        users::username_look.eq(&name.keys().look),
        users::username_letters.eq(&name.keys().letters),
        users::password_hash.eq(hash),
        users::created_at.eq(now),
    );
    let insert = diesel::insert_into(users::table).values(row);
    Ok(Some(insert.returning(users::id).get_result(conn)?))
}

/// Stores who invited an account, and until when it is a guest.
pub fn set_access(conn: &mut Conn, user: UserId, access: &NewAccess) -> Result<()> {
    let role = match access.guest_until {
        Some(_) => ServerRole::Guest,
        None => ServerRole::Member,
    };
    let update = diesel::update(users::table.find(user)).set((
        users::invited_by.eq(access.invited_by),
        users::role.eq(role.name()),
        users::access_ends.eq(access.guest_until),
    ));
    update.execute(conn)?;
    Ok(())
}

/// The account and password hash of a name in any case. A look-alike finds nothing.
pub fn find(conn: &mut Conn, name: &Username) -> Result<Option<(UserId, String)>> {
    let row: Option<(UserId, String, String)> = users::table
        .filter(users::username_key.eq(name.key()))
        .filter(users::deleted_at.is_null())
        .select((users::id, users::username, users::password_hash))
        .first(conn)
        .optional()?;
    let same = |username: &str| username.to_lowercase() == name.shown().to_lowercase();
    let found = row.filter(|(_, username, _)| same(username));
    Ok(found.map(|(user, _, hash)| (user, hash)))
}

/// Replaces the password hash of an account. Its browsers are no longer known, so that none of them has a count of
/// failed log-ins of its own. Its links to choose another password no longer work.
pub fn set_password_hash(conn: &mut Conn, user: UserId, hash: &str) -> Result<()> {
    let update = diesel::update(users::table.find(user)).set(users::password_hash.eq(hash));
    update.execute(conn)?;
    diesel::delete(devices::table.filter(devices::user_id.eq(user))).execute(conn)?;
    resets::remove_unused(conn, user)
}

/// The name of an account.
pub fn username(conn: &mut Conn, user: UserId) -> Result<Option<String>> {
    let found = users::table.find(user).select(users::username);
    Ok(found.first(conn).optional()?)
}

/// Whether a device has logged in to the account of a name since a time (ms UTC).
pub fn is_known_device(conn: &mut Conn, hash: &[u8], name: &Username, since: i64) -> Result<bool> {
    let known = devices::table
        .inner_join(users::table)
        .filter(devices::token_hash.eq(hash).and(devices::seen_at.gt(since)))
        .filter(users::username_key.eq(name.key()));
    Ok(select(exists(known)).get_result(conn)?)
}

/// Records a log-in on a known device. Returns whether the user has such a device.
pub fn touch_device(conn: &mut Conn, hash: &[u8], user: UserId, now: i64) -> Result<bool> {
    let of_user = devices::user_id.eq(user);
    let device = devices::table.filter(devices::token_hash.eq(hash).and(of_user));
    let update = diesel::update(device).set(devices::seen_at.eq(now));
    Ok(update.execute(conn)? > 0)
}

/// Adds a device of a user. Only the newest are kept.
pub fn add_device(conn: &mut Conn, hash: &[u8], user: UserId, now: i64) -> Result<()> {
    let of_user = devices::table.filter(devices::user_id.eq(user));
    let newest = of_user
        .order(devices::seen_at.desc())
        .offset(MAX_DEVICES - 1);
    let surplus: Vec<i64> = newest.select(devices::id).limit(MAX_DEVICES).load(conn)?;
    diesel::delete(devices::table.filter(devices::id.eq_any(surplus))).execute(conn)?;
    let row = (
        devices::token_hash.eq(hash),
        devices::user_id.eq(user),
        devices::seen_at.eq(now),
    );
    diesel::insert_into(devices::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Sets how the pages of a user look.
pub fn set_appearance(conn: &mut Conn, user: UserId, look: Appearance) -> Result<()> {
    let columns = (
        users::theme.eq(look.theme.name()),
        users::density.eq(look.density.name()),
        users::clock.eq(look.clock.name()),
    );
    let update = diesel::update(users::table.find(user)).set(columns);
    update.execute(conn)?;
    Ok(())
}
