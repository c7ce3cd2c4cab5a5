//! Sessions in the database.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::administration;
use crate::{
    accounts::{
        ServerRole,
        administration::check_may_log_in,
        client::LogInClient,
        sessions::{IDLE, LIFETIME, ListedSession, Session, ends_at},
    },
    db::{
        Conn,
        ids::{AvatarId, SessionId, UserId},
    },
    error::{Error, Result},
    schema::{sessions, users},
    web::appearance::Appearance,
};

/// Opens a session for a token's hash and deletes the user's expired ones.
///
/// # Errors
/// `Forbidden` for a suspended account.
pub fn open(
    conn: &mut Conn,
    hash: &[u8],
    user: UserId,
    (client, now): (&LogInClient, i64),
) -> Result<()> {
    let state = administration::state(conn, user)?.ok_or(Error::Unauthenticated)?;
    check_may_log_in(&state, now)?;
    let is_old = sessions::created_at.le(now - LIFETIME);
    let is_over = is_old.or(sessions::seen_at.le(now - IDLE));
    let expired = sessions::table.filter(sessions::user_id.eq(user).and(is_over));
    diesel::delete(expired).execute(conn)?;
    let row = (
        sessions::token_hash.eq(hash),
        sessions::user_id.eq(user),
        sessions::created_at.eq(now),
        sessions::seen_at.eq(now),
        sessions::user_agent.eq(&client.user_agent),
        sessions::address.eq(client.peer.address.to_string()),
        sessions::confirmed_at.eq(now),
    );
    let insert = diesel::insert_into(sessions::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// The session of a token's hash.
pub fn find(conn: &mut Conn, hash: &[u8]) -> Result<Option<Session>> {
    type Row = (
        SessionId,
        UserId,
        (String, String),
        (bool, String, Option<AvatarId>),
        (String, String, String),
        (i64, i64, i64, Option<i64>),
    );
    let row: Option<Row> = sessions::table
        .inner_join(users::table)
        .filter(sessions::token_hash.eq(hash))
        .select((
            sessions::id,
            sessions::user_id,
            (users::username, users::display_name),
            (users::is_admin, users::role, users::avatar),
            (users::theme, users::density, users::clock),
            (
                sessions::created_at,
                sessions::seen_at,
                sessions::confirmed_at,
                users::access_ends,
            ),
        ))
        .first(conn)
        .optional()?;
    let session = |(id, user, names, (is_admin, role, avatar), look, times): Row| Session {
        id,
        user,
        username: names.0.into(),
        display_name: names.1.into(),
        role: ServerRole::of(is_admin, &role),
        avatar,
        appearance: Appearance::parse(&look.0, &look.1, &look.2).unwrap_or_default(),
        created_at: times.0,
        seen_at: times.1,
        confirmed_at: times.2,
        access_ends: times.3,
    };
    Ok(row.map(session))
}

/// The open sessions of a user at a time (ms UTC), the one used last first.
pub fn list(conn: &mut Conn, user: UserId, now: i64) -> Result<Vec<ListedSession>> {
    let is_open = sessions::created_at
        .gt(now - LIFETIME)
        .and(sessions::seen_at.gt(now - IDLE));
    let rows: Vec<(SessionId, String, String, i64, i64)> = sessions::table
        .filter(sessions::user_id.eq(user).and(is_open))
        .order((sessions::seen_at.desc(), sessions::id.desc()))
        .select((
            sessions::id,
            sessions::user_agent,
            sessions::address,
            sessions::created_at,
            sessions::seen_at,
        ))
        .load(conn)?;
    let session = |(id, user_agent, address, created_at, seen_at)| ListedSession {
        id,
        user_agent,
        address,
        created_at,
        seen_at,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Records the use of a session. Returns when it ends if it is not used again; `None` if it has ended.
pub fn touch(conn: &mut Conn, session: SessionId, now: i64) -> Result<Option<i64>> {
    let is_active = sessions::seen_at.gt(now - IDLE);
    let row = sessions::table.filter(sessions::id.eq(session).and(is_active));
    let update = diesel::update(row).set(sessions::seen_at.eq(now));
    let touched = update.returning((sessions::created_at, sessions::user_id));
    let touched: Option<(i64, UserId)> = touched.get_result(conn).optional()?;
    let Some((created_at, user)) = touched else {
        return Ok(None);
    };
    Ok(Some(ends_at(created_at, now, access_ends(conn, user)?)))
}

/// When the access of a user ends (ms UTC).
pub fn access_ends(conn: &mut Conn, user: UserId) -> Result<Option<i64>> {
    let ends = users::table.find(user).select(users::access_ends);
    Ok(ends.first(conn)?)
}

/// Records that the password was entered in a session.
pub fn confirm(conn: &mut Conn, session: SessionId, now: i64) -> Result<()> {
    let update = diesel::update(sessions::table.find(session));
    update.set(sessions::confirmed_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Whether a session has not ended.
pub fn is_open(conn: &mut Conn, session: SessionId) -> Result<bool> {
    let row = sessions::table.find(session).select(sessions::id);
    Ok(row.first::<SessionId>(conn).optional()?.is_some())
}

/// Ends a session of a user. Returns whether there was one.
pub fn close(conn: &mut Conn, user: UserId, session: SessionId) -> Result<bool> {
    let row = sessions::table.filter(sessions::id.eq(session).and(sessions::user_id.eq(user)));
    Ok(diesel::delete(row).execute(conn)? > 0)
}

/// Ends all sessions of a user. Returns those that ended.
pub fn close_all(conn: &mut Conn, user: UserId) -> Result<Vec<SessionId>> {
    let all = sessions::table.filter(sessions::user_id.eq(user));
    Ok(diesel::delete(all).returning(sessions::id).load(conn)?)
}

/// Ends all sessions of a user but one. Returns those that ended.
pub fn close_others(conn: &mut Conn, user: UserId, kept: SessionId) -> Result<Vec<SessionId>> {
    let others = sessions::table.filter(sessions::user_id.eq(user).and(sessions::id.ne(kept)));
    Ok(diesel::delete(others).returning(sessions::id).load(conn)?)
}
