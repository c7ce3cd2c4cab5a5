//! Rows of pictures of users and rooms.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::Owner;
use crate::{
    db::{
        Conn,
        ids::{AvatarId, UserId},
    },
    error::Result,
    schema::{avatars, rooms, users},
};

/// Inserts a picture for `owner`, who must not have one.
pub fn insert(conn: &mut Conn, owner: Owner, hash: &str, now: i64) -> Result<()> {
    let (user, room) = match owner {
        Owner::User(user) => (Some(user), None),
        Owner::Room(room) => (None, Some(room)),
    };
    let row = (
        avatars::user_id.eq(user),
        avatars::room_id.eq(room),
        avatars::hash.eq(hash),
        avatars::created_at.eq(now),
    );
    let insert = diesel::insert_into(avatars::table).values(row);
    let id: AvatarId = insert.returning(avatars::id).get_result(conn)?;
    set(conn, owner, Some(id))
}

/// Removes the picture of `owner`. Returns its hash, or `None` if there was no picture.
pub fn remove(conn: &mut Conn, owner: Owner) -> Result<Option<String>> {
    let found: Option<(AvatarId, String)> = match owner {
        Owner::User(user) => avatars::table
            .filter(avatars::user_id.eq(user))
            .select((avatars::id, avatars::hash))
            .first(conn)
            .optional()?,
        Owner::Room(room) => avatars::table
            .filter(avatars::room_id.eq(room))
            .select((avatars::id, avatars::hash))
            .first(conn)
            .optional()?,
    };
    let Some((id, hash)) = found else {
        return Ok(None);
    };
    diesel::delete(avatars::table.find(id)).execute(conn)?;
    set(conn, owner, None)?;
    Ok(Some(hash))
}

fn set(conn: &mut Conn, owner: Owner, id: Option<AvatarId>) -> Result<()> {
    match owner {
        Owner::User(user) => diesel::update(users::table.find(user))
            .set(users::avatar.eq(id))
            .execute(conn)?,
        Owner::Room(room) => diesel::update(rooms::table.find(room))
            .set(rooms::avatar.eq(id))
            .execute(conn)?,
    };
    Ok(())
}

/// Returns the hash of a picture, if it belongs to `owner`.
pub fn hash(conn: &mut Conn, owner: Owner, id: AvatarId) -> Result<Option<String>> {
    let row = avatars::table.find(id).select(avatars::hash);
    let found = match owner {
        Owner::User(user) => row.filter(avatars::user_id.eq(user)).first(conn),
        Owner::Room(room) => row.filter(avatars::room_id.eq(room)).first(conn),
    };
    Ok(found.optional()?)
}

/// Returns the current picture of a user. The outer value is `None` if the user doesn't exist.
pub fn current(conn: &mut Conn, user: UserId) -> Result<Option<Option<AvatarId>>> {
    let row = users::table.find(user).select(users::avatar);
    Ok(row.first(conn).optional()?)
}
