//! Changes in a room since a rev, for clients that reconnect.

use diesel::{
    BoolExpressionMethods, Connection, ExpressionMethods, QueryDsl, RunQueryDsl, dsl::min,
};

use super::{
    reading::{Window, fitting, one, page},
    rows::{MessageRow, all, complete},
};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId},
    },
    error::{Error, Result},
    live::REPLAY_LIMIT,
    messages::{Changed, Message, PAGE},
    rooms,
    schema::messages,
};

/// A client that missed more changes gets the newest page instead.
const FAR: i64 = 2000;
/// Replies whose quotes are updated after a change of the quoted message.
const QUOTING: i64 = 200;

/// Changes after a rev.
pub struct Changes {
    /// The room's rev when it was read.
    pub rev: i64,
    /// The messages that are left out before `fresh`.
    pub gap: Option<Gap>,
    /// New messages and replies, in the order of the room.
    pub fresh: Vec<Message>,
    /// Changed messages, in the order of their changes.
    pub revised: Vec<Changed>,
    /// Whether the client is too far behind: it replaces its whole list with `fresh`, the newest page.
    pub reset: bool,
    /// Whether there are older messages before the newest page.
    pub more: bool,
}

/// Messages that are left out after one message and before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub since: MessageId,
    pub before: MessageId,
    pub count: i64,
}

/// Reads the changes after a rev: all new messages, or the newest [`REPLAY_LIMIT`] of them with a gap before, and the
/// changed messages. After more than [`FAR`] changes, or a rev that does not exist (a backup was restored), it is the
/// newest page instead. After 0 it is the newest page with a gap before it.
pub fn changes(conn: &mut Conn, room: RoomId, after: i64) -> Result<Changes> {
    conn.transaction(|conn| {
        let rev = rooms::rev(conn, room)?;
        if after <= 0 {
            return first(conn, room);
        }
        if after > rev || rev - after > FAR {
            return newest(conn, room);
        }
        let fresh = all()
            .filter(messages::room_id.eq(room))
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
        let first = rows.first().map(|row| row.id);
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
    let page = page(conn, room, Window::Newest(PAGE))?;
    Ok(Changes {
        rev: page.rev,
        gap: None,
        fresh: page.messages,
        revised: Vec::new(),
        reset: true,
        more: page.more,
    })
}

/// The newest page for a client without messages.
fn first(conn: &mut Conn, room: RoomId) -> Result<Changes> {
    let mut changes = newest(conn, room)?;
    changes.reset = false;
    if let (true, Some(first)) = (changes.more, changes.fresh.first()) {
        changes.gap = gap(conn, room, 0, first.id)?;
    }
    Ok(changes)
}

/// The messages after a rev that come before a message, without replies in threads: clients read threads again.
fn gap(conn: &mut Conn, room: RoomId, after: i64, before: MessageId) -> Result<Option<Gap>> {
    let first: Option<i64> = match after {
        0 => Some(1),
        after => messages::table
            .filter(messages::room_id.eq(room))
            .filter(messages::rev.gt(after))
            .filter(messages::created_rev.gt(after))
            .filter(messages::thread_id.is_null())
            .filter(messages::id.lt(before))
            .select(min(messages::id))
            .first(conn)?,
    };
    let Some(first) = first else {
        return Ok(None);
    };
    gap_between(conn, room, MessageId(first - 1), before).map(Some)
}

/// The messages between two messages, without replies in threads.
pub fn gap_between(
    conn: &mut Conn,
    room: RoomId,
    since: MessageId,
    before: MessageId,
) -> Result<Gap> {
    let between = messages::table
        .filter(messages::room_id.eq(room))
        .filter(messages::id.gt(since))
        .filter(messages::id.lt(before))
        .filter(messages::thread_id.is_null());
    Ok(Gap {
        since,
        before,
        count: between.count().get_result(conn)?,
    })
}

/// The messages older than a rev that changed after it; `None` if there are too many. Includes newer messages from
/// `fresh` on that changed after they were posted: the client may show the thread of one beside the room.
fn revised(
    conn: &mut Conn,
    room: RoomId,
    after: i64,
    fresh: Option<MessageId>,
) -> Result<Option<Vec<Changed>>> {
    let fresh = fresh.unwrap_or(MessageId(i64::MAX));
    let changed_since = messages::rev.gt(messages::created_rev);
    let rows: Vec<MessageRow> = all()
        .filter(messages::room_id.eq(room))
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
    let messages = complete(conn, rows)?.into_iter();
    let revised = messages.map(|message| changed(conn, message));
    revised.collect::<Result<_>>().map(Some)
}

fn changed(conn: &mut Conn, message: Message) -> Result<Changed> {
    let quoted_by = messages::table
        .filter(messages::reply_to.eq(message.id))
        .order(messages::id.desc())
        .limit(QUOTING)
        .select(messages::id)
        .load(conn)?;
    Ok(Changed { message, quoted_by })
}

/// Gives a changed message the next rev of its room, and reads it.
pub fn stamp(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Changed> {
    let rev = rooms::rev(conn, room)? + 1;
    rooms::set_rev(conn, room, rev)?;
    diesel::update(messages::table.find(id))
        .set(messages::rev.eq(rev))
        .execute(conn)?;
    let message = one(conn, room, id)?.ok_or(Error::NotFound)?;
    changed(conn, message)
}
