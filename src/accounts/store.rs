//! Accounts and sessions in the database.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    name::Username,
    sessions::{IDLE, LIFETIME, Session},
};
use crate::{
    db::{
        Conn,
        ids::{SessionId, UserId},
    },
    error::Result,
    schema::{sessions, users},
};

/// Whether a name, or one that looks like it, is taken.
pub fn is_taken(conn: &mut Conn, name: &Username) -> Result<bool> {
    let alike = users::username_key
        .eq(name.key())
        .or(users::username_look.eq(name.look()));
    let found = users::table.filter(alike).select(users::id);
    Ok(found.first::<i64>(conn).optional()?.is_some())
}

/// Creates an account; `None` if the name was taken meanwhile.
pub fn insert(conn: &mut Conn, name: &Username, hash: &str, now: i64) -> Result<Option<UserId>> {
    if is_taken(conn, name)? {
        return Ok(None);
    }
    let first = users::table.select(users::id).first::<i64>(conn);
    let row = (
        users::is_admin.eq(first.optional()?.is_none()), // who comes first runs the server
        users::username.eq(name.shown()),
        users::username_key.eq(name.key()),
        users::username_look.eq(name.look()),
        users::password_hash.eq(hash),
        users::created_at.eq(now),
    );
    let id = diesel::insert_into(users::table)
        .values(row)
        .returning(users::id)
        .get_result(conn)?;
    Ok(Some(UserId(id)))
}

/// The account and password hash of a name in any case. A look-alike finds nothing.
pub fn find(conn: &mut Conn, name: &Username) -> Result<Option<(UserId, String)>> {
    let row: Option<(i64, String, String)> = users::table
        .filter(users::username_key.eq(name.key()))
        .select((users::id, users::username, users::password_hash))
        .first(conn)
        .optional()?;
    let same = |username: &str| username.to_lowercase() == name.shown().to_lowercase();
    Ok(row
        .filter(|(_, username, _)| same(username))
        .map(|(id, _, hash)| (UserId(id), hash)))
}

/// The name of an account.
pub fn username(conn: &mut Conn, user: UserId) -> Result<Option<String>> {
    let found = users::table.find(user.0).select(users::username);
    Ok(found.first(conn).optional()?)
}

/// Opens a session for a token's hash and deletes the user's expired ones.
pub fn open_session(conn: &mut Conn, hash: &[u8], user: UserId, now: i64) -> Result<()> {
    let over = sessions::created_at
        .le(now - LIFETIME)
        .or(sessions::seen_at.le(now - IDLE));
    diesel::delete(
        sessions::table
            .filter(sessions::user_id.eq(user.0))
            .filter(over),
    )
    .execute(conn)?;
    let row = (
        sessions::token_hash.eq(hash),
        sessions::user_id.eq(user.0),
        sessions::created_at.eq(now),
        sessions::seen_at.eq(now),
    );
    diesel::insert_into(sessions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The session of a token's hash.
pub fn session(conn: &mut Conn, hash: &[u8]) -> Result<Option<Session>> {
    let row: Option<(i64, i64, String, bool, i64, i64)> = sessions::table
        .inner_join(users::table)
        .filter(sessions::token_hash.eq(hash))
        .select((
            sessions::id,
            sessions::user_id,
            users::username,
            users::is_admin,
            sessions::created_at,
            sessions::seen_at,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(
        |(id, user, username, is_admin, created_at, seen_at)| Session {
            id: SessionId(id),
            user: UserId(user),
            username: username.into(),
            is_admin,
            created_at,
            seen_at,
        },
    ))
}

/// Records the use of a session.
pub fn touch_session(conn: &mut Conn, session: SessionId, now: i64) -> Result<()> {
    let row = sessions::table.find(session.0);
    diesel::update(row)
        .set(sessions::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Ends a session.
pub fn close_session(conn: &mut Conn, session: SessionId) -> Result<()> {
    diesel::delete(sessions::table.find(session.0)).execute(conn)?;
    Ok(())
}
