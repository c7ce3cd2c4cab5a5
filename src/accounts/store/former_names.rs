//! Usernames that users gave up, which stay reserved for them.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{
    accounts::name::{Username, core, fold},
    db::{
        Conn,
        ids::{AvatarId, UserId},
    },
    error::Result,
    schema::{former_names, users},
};

/// The username, the display name and the picture of a user.
type Names = (String, String, Option<AvatarId>);

/// Whether a name, or one that can be taken for it, is reserved for another user than `user` at a time (ms UTC).
pub fn is_reserved(
    conn: &mut Conn,
    name: &Username,
    user: Option<UserId>,
    now: i64,
) -> Result<bool> {
    let keys = name.keys();
    let is_alike = former_names::username_key
        .eq(&keys.key)
        .or(former_names::username_look.eq(&keys.look))
        .or(former_names::username_letters.eq(&keys.letters));
    let rows: Vec<(UserId, String, String, String)> = former_names::table
        .filter(former_names::reserved_until.gt(now).and(is_alike))
        .select((
            former_names::user_id,
            former_names::username,
            former_names::username_key,
            former_names::username_look,
        ))
        .load(conn)?;
    let core_of_name = core(name.shown());
    let is_alike = |(owner, other, key, look): &(UserId, String, String, String)| {
        let is_same = *key == keys.key || *look == keys.look || core(other) == core_of_name;
        Some(*owner) != user && is_same
    };
    Ok(rows.iter().any(is_alike))
}

/// Reserves a name that a user gives up until a time (ms UTC). It stays in the table for the messages that contain it.
pub fn reserve(conn: &mut Conn, user: UserId, name: &Username, until: i64) -> Result<()> {
    let keys = name.keys();
    let row = (
        former_names::user_id.eq(user),
        former_names::username.eq(name.shown()),
        former_names::username_key.eq(&keys.key),
        former_names::username_look.eq(&keys.look),
        former_names::username_letters.eq(&keys.letters),
        former_names::reserved_until.eq(until),
    );
    let insert = diesel::insert_into(former_names::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Ends the reservation of a name that its user takes back.
pub fn release(conn: &mut Conn, user: UserId, name: &Username) -> Result<()> {
    let of_user = former_names::user_id.eq(user);
    let is_same = former_names::username_key.eq(name.key());
    diesel::delete(former_names::table.filter(of_user.and(is_same))).execute(conn)?;
    Ok(())
}

/// The user who gave up a name in any case, and their username now; `None` if it is no longer reserved (ms UTC).
pub fn owner(conn: &mut Conn, name: &str, now: i64) -> Result<Option<(UserId, String)>> {
    let is_same = former_names::username_key.eq(fold(name));
    let rows: Vec<(UserId, String, String)> = former_names::table
        .inner_join(users::table)
        .filter(former_names::reserved_until.gt(now).and(is_same))
        .select((users::id, former_names::username, users::username))
        .order(former_names::id.desc())
        .load(conn)?;
    let lower = name.to_lowercase();
    let mut same = rows
        .into_iter()
        .filter(|(_, former, _)| former.to_lowercase() == lower);
    Ok(same.next().map(|(user, _, username)| (user, username)))
}

/// Names of a user: the username, the display name and the picture.
pub fn names(conn: &mut Conn, user: UserId) -> Result<Option<Names>> {
    let row = users::table
        .find(user)
        .select((users::username, users::display_name, users::avatar));
    Ok(row.first(conn).optional()?)
}

/// Gives a user another username.
pub fn set_username(conn: &mut Conn, user: UserId, name: &Username) -> Result<()> {
    let columns = (
        users::username.eq(name.shown()),
        users::username_key.eq(name.key()),
        users::username_look.eq(&name.keys().look),
        users::username_letters.eq(&name.keys().letters),
    );
    let update = diesel::update(users::table.find(user)).set(columns);
    update.execute(conn)?;
    Ok(())
}
