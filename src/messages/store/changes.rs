//! Changes in a room since a rev, for clients that reconnect.

use diesel::{
    BoolExpressionMethods, Connection, ExpressionMethods, QueryDsl, RunQueryDsl, dsl::min,
};

use super::{
    reading::{fitting, one},
    rows::{MessageRow, all, complete},
};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId},
    },
    error::{Error, Result},
    live::REPLAY_LIMIT,
    messages::{Changed, Message},
    rooms,
    schema::{messages, users},
};

/// A client that missed more changes than that gets the newest page instead.
const FAR: i64 = 2000;
/// Replies whose quotes follow a change of what they quote.
const QUOTING: i64 = 200;

/// Changes after a rev.
pub struct Changes {
    /// The room's rev when it was read.
    pub rev: i64,
    /// Messages that are left out, before `fresh`.
    pub gap: Option<Gap>,
    /// New messages and answers, in the order of the room.
    pub fresh: Vec<Message>,
    /// Messages that are not what they were, in the order of their changes.
    pub revised: Vec<Changed>,
    /// It is too much: what stands on the page is to be thrown away, and `fresh` is the newest page.
    pub reset: bool,
    /// Whether there are older messages than those of a newest page.
    pub more: bool,
}

/// Messages that are left out: after one of them, before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub since: MessageId,
    pub before: MessageId,
    pub count: i64,
}

/// Reads what changed after `after`: all of it if that is at most [`REPLAY_LIMIT`] messages; else the newest
/// of them with a gap before, and what was revised; past [`FAR`] changes, or after a rev that does not
/// exist (a backup was restored), the newest page. After 0 it is the newest page with a gap before it.
pub fn changes(conn: &mut Conn, room: RoomId, after: i64) -> Result<Changes> {
    conn.transaction(|conn| {
        let rev = rooms::rev(conn, room)?;
        if after <= 0 {
            return first(conn, room);
        }
        if after > rev || rev - after > FAR {
            return newest(conn, room);
        }
        let fresh = all!()
            .filter(messages::room_id.eq(room.0))
            .filter(messages::created_rev.gt(after));
        let mut rows: Vec<MessageRow> = fresh
            .filter(messages::rev.gt(after))
            .order(messages::id.desc())
            .limit(REPLAY_LIMIT + 1)
            .load(conn)?;
        let fit = fitting(&rows, REPLAY_LIMIT);
        let more = rows.len() > fit;
        rows.truncate(fit);
        rows.reverse();
        let first = rows.first().map(|row| MessageId(row.0.0));
        let gap = match first {
            Some(first) if more => gap(conn, room, after, first)?,
            _ => None,
        };
        let Some(revised) = revised(conn, room, after, first)? else {
            return newest(conn, room);
        };
        Ok(Changes {
            rev,
            gap,
            fresh: complete(conn, rows)?,
            revised,
            reset: false,
            more: false,
        })
    })
}

/// The newest page instead of changes.
fn newest(conn: &mut Conn, room: RoomId) -> Result<Changes> {
    let window = super::Window::Newest(crate::messages::PAGE);
    let page = super::page(conn, room, window)?;
    Ok(Changes {
        rev: page.rev,
        gap: None,
        fresh: page.messages,
        revised: Vec::new(),
        reset: true,
        more: page.more,
    })
}

/// The newest page for someone who has nothing yet.
fn first(conn: &mut Conn, room: RoomId) -> Result<Changes> {
    let mut changes = newest(conn, room)?;
    changes.reset = false;
    if let (true, Some(first)) = (changes.more, changes.fresh.first()) {
        changes.gap = gap(conn, room, 0, first.id)?;
    }
    Ok(changes)
}

/// The messages that came after a rev and stand before another message; answers do not count, since
/// their threads are read again.
fn gap(conn: &mut Conn, room: RoomId, after: i64, before: MessageId) -> Result<Option<Gap>> {
    let first: Option<i64> = match after {
        0 => Some(1),
        after => messages::table
            .filter(messages::room_id.eq(room.0))
            .filter(messages::rev.gt(after))
            .filter(messages::created_rev.gt(after))
            .filter(messages::thread_id.is_null())
            .filter(messages::id.lt(before.0))
            .select(min(messages::id))
            .first(conn)?,
    };
    let Some(first) = first else {
        return Ok(None);
    };
    let since = MessageId(first - 1);
    Ok(Some(Gap {
        since,
        before,
        count: count_between(conn, room, since, before)?,
    }))
}

/// How many messages stand between two of them, answers in threads left out.
pub fn count_between(
    conn: &mut Conn,
    room: RoomId,
    since: MessageId,
    before: MessageId,
) -> Result<i64> {
    let between = messages::table
        .filter(messages::room_id.eq(room.0))
        .filter(messages::id.gt(since.0))
        .filter(messages::id.lt(before.0))
        .filter(messages::thread_id.is_null());
    Ok(between.count().get_result(conn)?)
}

/// The messages that were there at a rev and changed after it; none when there are too many. And of those
/// from `fresh` on, which were not, the ones that changed since they came: the thread of one may have been
/// read, and stand beside the room, while its news did not come through.
fn revised(
    conn: &mut Conn,
    room: RoomId,
    after: i64,
    fresh: Option<MessageId>,
) -> Result<Option<Vec<Changed>>> {
    let fresh = fresh.map_or(i64::MAX, |id| id.0);
    let changed_since = messages::rev.gt(messages::created_rev);
    let rows: Vec<MessageRow> = all!()
        .filter(messages::room_id.eq(room.0))
        .filter(messages::rev.gt(after))
        .filter(
            messages::created_rev
                .le(after)
                .or(messages::id.ge(fresh).and(changed_since)),
        )
        .order(messages::rev.asc())
        .limit(2 * REPLAY_LIMIT + 1)
        .load(conn)?;
    if fitting(&rows, 2 * REPLAY_LIMIT) < rows.len() {
        return Ok(None);
    }
    let mut revised = Vec::with_capacity(rows.len());
    for message in complete(conn, rows)? {
        revised.push(changed(conn, message)?);
    }
    Ok(Some(revised))
}

fn changed(conn: &mut Conn, message: Message) -> Result<Changed> {
    let ids: Vec<i64> = messages::table
        .filter(messages::reply_to.eq(message.id.0))
        .order(messages::id.desc())
        .limit(QUOTING)
        .select(messages::id)
        .load(conn)?;
    Ok(Changed {
        message,
        quoted_by: ids.into_iter().map(MessageId).collect(),
    })
}

/// Counts a change of a message, and reads it as it is now.
pub fn stamp(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Changed> {
    let rev = rooms::rev(conn, room)? + 1;
    rooms::set_rev(conn, room, rev)?;
    diesel::update(messages::table.find(id.0))
        .set(messages::rev.eq(rev))
        .execute(conn)?;
    let message = one(conn, room, id)?.ok_or(Error::NotFound)?;
    changed(conn, message)
}
