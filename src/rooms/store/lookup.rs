//! Members of a room among given users or names.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::CHUNK;
use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::Result,
    schema::{members, users},
};

/// Members of a room with one of these names, in any case: their keys, ids and usernames.
pub fn named(
    conn: &mut Conn,
    room: RoomId,
    keys: &[String],
) -> Result<Vec<(String, UserId, String)>> {
    let named = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .filter(users::username_key.eq_any(keys))
        .select((users::username_key, users::id, users::username));
    Ok(named.load(conn)?)
}

/// The given users who are members of a room.
pub fn among(conn: &mut Conn, room: RoomId, people: &[UserId]) -> Result<Vec<UserId>> {
    let mut here = Vec::new();
    for some in people.chunks(CHUNK) {
        let found = members::table
            .filter(members::room_id.eq(room))
            .filter(members::user_id.eq_any(some))
            .select(members::user_id);
        here.extend(found.load::<UserId>(conn)?);
    }
    Ok(here)
}
