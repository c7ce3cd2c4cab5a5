//! Bans and time-outs in the database.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper, dsl::exists,
    select,
};

use super::{membership, remove_invitation};
use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::Result,
    people::Profile,
    rooms::{BannedUser, Role},
    schema::{members, room_bans, users},
};

/// Role of a user in a room; `None` for a user who is not a member.
pub fn state_of(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<Role>> {
    Ok(membership(conn, room, user)?.map(|(_, role)| role))
}

/// Keeps a member from posting until a time (ms UTC); 0 ends that. Returns whether they are a member.
pub fn set_timed_out(conn: &mut Conn, room: RoomId, user: UserId, until: i64) -> Result<bool> {
    let here = members::room_id.eq(room).and(members::user_id.eq(user));
    let update = diesel::update(members::table.filter(here));
    Ok(update
        .set(members::timed_out_until.eq(until))
        .execute(conn)?
        > 0)
}

/// Whether a user is banned from a room.
pub fn is_banned(conn: &mut Conn, room: RoomId, user: UserId) -> Result<bool> {
    let ban = room_bans::table.find((room, user));
    Ok(select(exists(ban)).get_result(conn)?)
}

/// Bans a user who is not banned yet, at a time (ms UTC). A pending invitation ends.
pub fn add_ban(
    conn: &mut Conn,
    room: RoomId,
    (user, by): (UserId, UserId),
    now: i64,
) -> Result<()> {
    let row = (
        room_bans::room_id.eq(room),
        room_bans::user_id.eq(user),
        room_bans::banned_by.eq(by),
        room_bans::banned_at.eq(now),
    );
    let insert = diesel::insert_into(room_bans::table).values(row);
    insert.execute(conn)?;
    remove_invitation(conn, room, user)
}

/// Ends a ban. Returns whether there was one.
pub fn remove_ban(conn: &mut Conn, room: RoomId, user: UserId) -> Result<bool> {
    let ban = diesel::delete(room_bans::table.find((room, user)));
    Ok(ban.execute(conn)? > 0)
}

/// Users who are banned from a room, the latest first.
pub fn banned(conn: &mut Conn, room: RoomId, most: i64) -> Result<Vec<BannedUser>> {
    let rows: Vec<(Profile, i64)> = room_bans::table
        .inner_join(users::table)
        .filter(room_bans::room_id.eq(room))
        .order(room_bans::banned_at.desc())
        .limit(most)
        .select((Profile::as_select(), room_bans::banned_at))
        .load(conn)?;
    let user = |(person, banned_at)| BannedUser { person, banned_at };
    Ok(rows.into_iter().map(user).collect())
}
