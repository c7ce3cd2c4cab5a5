//! Accounts and sessions in the database.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    dsl::exists, select,
};

use super::{
    name::{Username, core},
    sessions::{IDLE, LIFETIME, Session},
};
use crate::{
    db::{
        Conn,
        ids::{AvatarId, SessionId, UserId},
    },
    error::Result,
    schema::{devices, sessions, users},
    web::appearance::Appearance,
};

/// Maximum number of devices of a user. The one that logged in longest ago is forgotten.
const MAX_DEVICES: i64 = 50;

/// Whether a name, or one that can be taken for it, is taken as a username or shown as a display name.
pub fn is_taken(conn: &mut Conn, name: &Username) -> Result<bool> {
    let keys = name.keys();
    let same_letters = users::table.filter(users::username_letters.eq(&keys.letters));
    let same_letters: Vec<String> = same_letters.select(users::username).load(conn)?;
    let key = core(name.shown());
    if same_letters.iter().any(|other| core(other) == key) {
        return Ok(true);
    }
    let is_alike = users::username_key
        .eq(&keys.key)
        .or(users::username_look.eq(&keys.look))
        .or(users::display_name_letters.eq(&keys.letters));
    Ok(select(exists(users::table.filter(is_alike))).get_result(conn)?)
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

/// The account and password hash of a name in any case. A look-alike finds nothing.
pub fn find(conn: &mut Conn, name: &Username) -> Result<Option<(UserId, String)>> {
    let row: Option<(UserId, String, String)> = users::table
        .filter(users::username_key.eq(name.key()))
        .select((users::id, users::username, users::password_hash))
        .first(conn)
        .optional()?;
    let same = |username: &str| username.to_lowercase() == name.shown().to_lowercase();
    let found = row.filter(|(_, username, _)| same(username));
    Ok(found.map(|(user, _, hash)| (user, hash)))
}

/// The name of an account.
pub fn username(conn: &mut Conn, user: UserId) -> Result<Option<String>> {
    let found = users::table.find(user).select(users::username);
    Ok(found.first(conn).optional()?)
}

/// Opens a session for a token's hash and deletes the user's expired ones.
pub fn open_session(conn: &mut Conn, hash: &[u8], user: UserId, now: i64) -> Result<()> {
    let is_old = sessions::created_at.le(now - LIFETIME);
    let is_over = is_old.or(sessions::seen_at.le(now - IDLE));
    let expired = sessions::table.filter(sessions::user_id.eq(user).and(is_over));
    diesel::delete(expired).execute(conn)?;
    let row = (
        sessions::token_hash.eq(hash),
        sessions::user_id.eq(user),
        sessions::created_at.eq(now),
        sessions::seen_at.eq(now),
    );
    let insert = diesel::insert_into(sessions::table).values(row);
    insert.execute(conn)?;
    Ok(())
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

/// The session of a token's hash.
pub fn session(conn: &mut Conn, hash: &[u8]) -> Result<Option<Session>> {
    type Row = (
        SessionId,
        UserId,
        (String, String),
        (bool, Option<AvatarId>),
        (String, String, String),
        i64,
        i64,
    );
    let row: Option<Row> = sessions::table
        .inner_join(users::table)
        .filter(sessions::token_hash.eq(hash))
        .select((
            sessions::id,
            sessions::user_id,
            (users::username, users::display_name),
            (users::is_admin, users::avatar),
            (users::theme, users::density, users::clock),
            sessions::created_at,
            sessions::seen_at,
        ))
        .first(conn)
        .optional()?;
    let session = |(id, user, names, (is_admin, avatar), look, created_at, seen_at): Row| Session {
        id,
        user,
        username: names.0.into(),
        display_name: names.1.into(),
        is_admin,
        avatar,
        appearance: Appearance::parse(&look.0, &look.1, &look.2).unwrap_or_default(),
        created_at,
        seen_at,
    };
    Ok(row.map(session))
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

/// Records the use of a session. Returns when it was created; `None` if it has ended.
pub fn touch_session(conn: &mut Conn, session: SessionId, now: i64) -> Result<Option<i64>> {
    let is_active = sessions::seen_at.gt(now - IDLE);
    let row = sessions::table.filter(sessions::id.eq(session).and(is_active));
    let update = diesel::update(row).set(sessions::seen_at.eq(now));
    let created_at = update.returning(sessions::created_at);
    Ok(created_at.get_result(conn).optional()?)
}

/// Ends a session.
pub fn close_session(conn: &mut Conn, session: SessionId) -> Result<()> {
    diesel::delete(sessions::table.find(session)).execute(conn)?;
    Ok(())
}
