//! State of a room and a member that a post needs. The first query runs for every post.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::membership;
use crate::{
    db::{
        Conn,
        ids::{AvatarId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    people,
    rooms::{
        Kind, Role,
        rights::{self, Action},
    },
    schema::{members, rooms, users},
};

/// State of the room and the author of a post, read in the transaction of the post. An open socket may not know it yet.
#[derive(Clone, Debug)]
pub struct AuthorState {
    pub rev: i64,
    pub display_name: String,
    pub avatar: Option<AvatarId>,
    /// Whether slow mode limits the author, so that the time of the post has to be recorded.
    pub is_slow: bool,
}

/// Reads the state for a post by a user.
///
/// # Errors
/// `NotFound` for a user who is no longer a member; `Forbidden` in an archived room, during a time-out, for ordinary
/// members in a room for announcements, and to someone who has blocked the user; `TooMany` in slow mode.
pub fn author_state(conn: &mut Conn, room: RoomId, user: UserId) -> Result<AuthorState> {
    type Row = (
        i64,
        (String, Option<AvatarId>),
        i32,
        (Option<i64>, bool, i32, i64),
    );
    let row: Option<Row> = members::table
        .inner_join(rooms::table)
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .filter(members::user_id.eq(user))
        .select((
            rooms::rev,
            (users::display_name, users::avatar),
            rooms::kind,
            (
                rooms::archived_at,
                rooms::announcements,
                rooms::slow_mode,
                members::timed_out_until,
            ),
        ))
        .first(conn)
        .optional()?;
    let (rev, (display_name, avatar), kind, restrictions) = row.ok_or(Error::NotFound)?;
    let (archived_at, announcements, slow_mode, timed_out) = restrictions;
    if kind == Kind::Direct.to_column() {
        people::check_direct(conn, room, user)?;
    }
    let is_restricted = archived_at.is_some() || announcements || slow_mode > 0 || timed_out > 0;
    Ok(AuthorState {
        rev,
        display_name,
        avatar,
        is_slow: is_restricted && check_restrictions(conn, room, user)?,
    })
}

/// Checks the restrictions of a room. Returns whether slow mode limits the user.
fn check_restrictions(conn: &mut Conn, room: RoomId, user: UserId) -> Result<bool> {
    let (room, role) = membership(conn, room, user)?.ok_or(Error::NotFound)?;
    rights::demand(role, Action::Post, &room)?;
    if room.slow_mode == 0 || role >= Role::Moderator {
        return Ok(false);
    }
    let row = members::table.find((room.id, user));
    let posted_at: i64 = row.select(members::posted_at).first(conn)?;
    let wait = posted_at + i64::from(room.slow_mode) * 1000 - time::now();
    // A clock that was set back must not keep a member from posting for longer.
    let wait = wait.min(i64::from(room.slow_mode) * 1000);
    match u64::try_from(wait) {
        Ok(wait) if wait > 0 => {
            let wait = std::time::Duration::from_millis(wait);
            Err(Error::TooMany(slow_mode_text(wait.as_secs() + 1), wait))
        }
        _ => Ok(true),
    }
}

fn slow_mode_text(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=90 => (seconds, "second"),
        _ => (seconds.div_ceil(60), "minute"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("Slow mode is on. You can post again in {number} {unit}{plural}.")
}

/// Records the time of a post in slow mode (ms UTC).
pub fn record_post(conn: &mut Conn, room: RoomId, user: UserId, now: i64) -> Result<()> {
    let here = members::room_id.eq(room).and(members::user_id.eq(user));
    let update = diesel::update(members::table.filter(here));
    update.set(members::posted_at.eq(now)).execute(conn)?;
    Ok(())
}
