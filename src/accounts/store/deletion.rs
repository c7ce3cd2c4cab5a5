//! Removal of a user's account in the database. The row stays for the user's messages.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, dsl::exists, select};

use super::emails;
use crate::{
    accounts::{
        name::{NameKeys, letters},
        second_factor,
    },
    db::{
        Conn,
        ids::{AvatarId, SessionId, UserId},
    },
    error::Result,
    schema::{devices, former_names, passkeys, password_resets, sessions, users},
};

/// Whether a user exists and their account was not deleted.
pub fn is_alive(conn: &mut Conn, user: UserId) -> Result<bool> {
    let row = users::table.find(user).filter(users::deleted_at.is_null());
    Ok(select(exists(row)).get_result(conn)?)
}

/// Whether a user is an admin, and no one else is.
pub fn is_last_admin(conn: &mut Conn, user: UserId) -> Result<bool> {
    let admins = users::table
        .filter(users::is_admin.eq(true))
        .filter(users::deleted_at.is_null());
    let admins: Vec<UserId> = admins.select(users::id).limit(2).load(conn)?;
    Ok(admins == [user])
}

/// Ends all sessions of a user. Returns them.
pub fn close_sessions(conn: &mut Conn, user: UserId) -> Result<Vec<SessionId>> {
    let all = sessions::table.filter(sessions::user_id.eq(user));
    Ok(diesel::delete(all).returning(sessions::id).load(conn)?)
}

/// Removes everything that a user needs to log in: devices, second factor, passkeys, e-mail addresses, links for a new
/// password and former names.
pub fn remove_log_ins(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(devices::table.filter(devices::user_id.eq(user))).execute(conn)?;
    diesel::delete(passkeys::table.filter(passkeys::user_id.eq(user))).execute(conn)?;
    diesel::delete(former_names::table.filter(former_names::user_id.eq(user))).execute(conn)?;
    diesel::delete(password_resets::table.filter(password_resets::user_id.eq(user)))
        .execute(conn)?;
    emails::remove(conn, user)?;
    second_factor::store::turn_off(conn, user)
}

/// Replaces the names of a user, and removes their profile and password. Returns the new username.
pub fn anonymize(conn: &mut Conn, user: UserId, (shown, now): (&str, i64)) -> Result<String> {
    let username = free_name(conn, user)?;
    let keys = NameKeys::of(&username);
    let names = (
        users::username.eq(&username),
        users::username_key.eq(&keys.key),
        users::username_look.eq(&keys.look),
        users::username_letters.eq(&keys.letters),
        users::display_name.eq(shown),
        users::display_name_letters.eq(letters(shown)),
    );
    let others = (
        users::about.eq(""),
        users::time_zone.eq(""),
        users::password_hash.eq(""),
        users::is_admin.eq(false),
        users::avatar.eq(None::<AvatarId>),
        users::deleted_at.eq(now),
    );
    let update = diesel::update(users::table.find(user)).set((names, others));
    update.execute(conn)?;
    Ok(username)
}

/// A username that no one has.
fn free_name(conn: &mut Conn, user: UserId) -> Result<String> {
    let names = std::iter::once(format!("deleted-{user}"));
    let more = (2..).map(|number| format!("deleted-{user}-{number}"));
    for name in names.chain(more) {
        let keys = NameKeys::of(&name);
        let taken = users::table.filter(users::username_key.eq(keys.key));
        let taken = taken.filter(users::id.ne(user));
        if !select(exists(taken)).get_result(conn)? {
            return Ok(name);
        }
    }
    unreachable!("there are more numbers than users")
}
