//! Members of a room among given users or names.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::Result,
    schema::{members, users},
};

/// Members of a room with one of these names.
pub fn named(
    conn: &mut Conn,
    room: RoomId,
    keys: &[String],
) -> Result<Vec<(String, UserId, String)>> {
    let rows: Vec<(String, i64, String)> = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room.0))
        .filter(users::username_key.eq_any(keys))
        .select((users::username_key, users::id, users::username))
        .load(conn)?;
    let named = rows.into_iter();
    Ok(named
        .map(|(key, id, name)| (key, UserId(id), name))
        .collect())
}

/// The given users who are members of a room.
pub fn among(conn: &mut Conn, room: RoomId, people: &[UserId]) -> Result<Vec<UserId>> {
    let mut here = Vec::new();
    for some in people.chunks(500) {
        let ids: Vec<i64> = some.iter().map(|person| person.0).collect();
        let found: Vec<i64> = members::table
            .filter(members::room_id.eq(room.0))
            .filter(members::user_id.eq_any(ids))
            .select(members::user_id)
            .load(conn)?;
        here.extend(found.into_iter().map(UserId));
    }
    Ok(here)
}
