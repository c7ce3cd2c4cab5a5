//! Blocks in the database.

use diesel::{
    ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, SelectableHelper, dsl::exists, select,
};

use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::Result,
    people::Profile,
    schema::{blocks, members, users},
};

/// Whether `blocker` has blocked `person`.
pub fn has_blocked(conn: &mut Conn, blocker: UserId, person: UserId) -> Result<bool> {
    let row = blocks::table
        .filter(blocks::blocker_id.eq(blocker))
        .filter(blocks::blocked_id.eq(person));
    Ok(select(exists(row)).get_result(conn)?)
}

/// Number of people whom a user has blocked.
pub fn count(conn: &mut Conn, blocker: UserId) -> Result<i64> {
    let mine = blocks::table.filter(blocks::blocker_id.eq(blocker));
    Ok(mine.count().get_result(conn)?)
}

/// Adds a block at `now` (ms UTC).
pub fn insert(conn: &mut Conn, blocker: UserId, person: UserId, now: i64) -> Result<()> {
    let row = (
        blocks::blocker_id.eq(blocker),
        blocks::blocked_id.eq(person),
        blocks::created_at.eq(now),
    );
    let insert = diesel::insert_into(blocks::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Removes a block. Returns whether there was one.
pub fn delete(conn: &mut Conn, blocker: UserId, person: UserId) -> Result<bool> {
    let row = blocks::table
        .filter(blocks::blocker_id.eq(blocker))
        .filter(blocks::blocked_id.eq(person));
    Ok(diesel::delete(row).execute(conn)? > 0)
}

/// Profiles of the people whom a user has blocked, by username.
pub fn blocked_profiles(conn: &mut Conn, blocker: UserId) -> Result<Vec<Profile>> {
    let mine = blocks::table
        .inner_join(users::table.on(users::id.eq(blocks::blocked_id)))
        .filter(blocks::blocker_id.eq(blocker))
        .order(users::username_key.asc());
    Ok(mine.select(Profile::as_select()).load(conn)?)
}

/// Ids of the people whom a user has blocked.
pub fn blocked_ids(conn: &mut Conn, blocker: UserId) -> Result<Vec<UserId>> {
    let mine = blocks::table.filter(blocks::blocker_id.eq(blocker));
    let ids = mine.order(blocks::blocked_id.asc());
    Ok(ids.select(blocks::blocked_id).load(conn)?)
}

/// Users who have blocked the author of a message.
pub fn blockers_of(conn: &mut Conn, author: UserId) -> Result<Vec<UserId>> {
    let them = blocks::table.filter(blocks::blocked_id.eq(author));
    Ok(them.select(blocks::blocker_id).load(conn)?)
}

/// Users, of the given ones, who have blocked a user.
pub fn blockers_among(conn: &mut Conn, people: &[UserId], blocked: UserId) -> Result<Vec<UserId>> {
    let mut blockers = blockers_of(conn, blocked)?;
    blockers.retain(|blocker| people.contains(blocker));
    Ok(blockers)
}

/// Whether a user is in a conversation of two with someone who has blocked them.
pub fn is_blocked_in_direct(conn: &mut Conn, room: RoomId, user: UserId) -> Result<bool> {
    let others = members::table
        .filter(members::room_id.eq(room))
        .filter(members::user_id.ne(user));
    let others: Vec<UserId> = others.select(members::user_id).limit(2).load(conn)?;
    match others[..] {
        [only] => has_blocked(conn, only, user),
        _ => Ok(false),
    }
}
