//! Reading messages back.

use diesel::{
    Connection, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, sqlite::Sqlite,
};

use super::rows::{MessageRow, all, complete, weight};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    messages::{Message, MessagePage},
    rooms,
    schema::{messages, users},
};

/// Text on a page, in bytes: what is longer comes as several pages, so that no answer is large.
const PAGE_BYTES: usize = 256 << 10;

/// A part of a room's messages; each with the most to read. But for the first, answers in threads are
/// left out where they are not named.
#[derive(Clone, Copy, Debug)]
pub enum Window {
    /// The changes after a rev, answers included, in the order of their revs.
    After(i64, i64),
    /// The newest ones.
    Newest(i64),
    /// The newest ones before a message.
    Before(MessageId, i64),
    /// The oldest ones after a message.
    Since(MessageId, i64),
    /// The oldest ones after one message and before another.
    Between(MessageId, MessageId, i64),
    /// The answers in a thread: the newest, or the newest before one.
    Thread(MessageId, Option<MessageId>, i64),
}

impl Window {
    fn limit(self) -> i64 {
        match self {
            Window::Newest(limit)
            | Window::Before(_, limit)
            | Window::After(_, limit)
            | Window::Since(_, limit)
            | Window::Between(_, _, limit)
            | Window::Thread(_, _, limit) => limit,
        }
    }

    fn is_backwards(self) -> bool {
        matches!(
            self,
            Window::Newest(_) | Window::Before(..) | Window::Thread(..)
        )
    }
}

/// The message that `author` sent as `client_id`.
pub fn find(conn: &mut Conn, author: UserId, client_id: &str) -> Result<Option<Message>> {
    let mine = all!().filter(messages::author_id.eq(author.0));
    let row: Option<MessageRow> = mine
        .filter(messages::client_id.eq(client_id))
        .first(conn)
        .optional()?;
    first(conn, row)
}

/// A message of a room.
pub fn one(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Option<Message>> {
    let here = all!().filter(messages::room_id.eq(room.0));
    let row: Option<MessageRow> = here.filter(messages::id.eq(id.0)).first(conn).optional()?;
    first(conn, row)
}

fn first(conn: &mut Conn, row: Option<MessageRow>) -> Result<Option<Message>> {
    match row {
        Some(row) => Ok(complete(conn, vec![row])?.pop()),
        None => Ok(None),
    }
}

/// Messages by their numbers, in the order of these.
pub fn these(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = all!().filter(messages::id.eq_any(ids)).load(conn)?;
    let mut found = complete(conn, rows)?;
    found.sort_by_key(|message| ids.iter().position(|id| *id == message.id.0));
    Ok(found)
}

/// Reads a window, and the room's rev of the same moment.
pub fn page(conn: &mut Conn, room: RoomId, window: Window) -> Result<MessagePage> {
    conn.transaction(|conn| {
        let rev = rooms::rev(conn, room)?;
        let mut rows = rows(conn, room, window)?;
        let (found, fit) = (rows.len(), fitting(&rows, window.limit()));
        rows.truncate(fit);
        if window.is_backwards() {
            rows.reverse();
        }
        Ok(MessagePage {
            messages: complete(conn, rows)?,
            rev,
            more: found > fit,
        })
    })
}

/// A message with those around it; `more` says that there are older ones, the flag that there are newer ones.
pub fn around(
    conn: &mut Conn,
    room: RoomId,
    id: MessageId,
    limit: i64,
) -> Result<(MessagePage, bool)> {
    conn.transaction(|conn| {
        let after = page(conn, room, Window::Since(id, limit / 2))?;
        let middle = Window::Before(MessageId(id.0 + 1), limit - limit / 2);
        let mut read = page(conn, room, middle)?;
        read.messages.extend(after.messages);
        Ok((read, after.more))
    })
}

/// How many rows, from the first, make a page: at most `limit`, and not much more than [`PAGE_BYTES`].
pub fn fitting(rows: &[MessageRow], limit: i64) -> usize {
    let mut bytes = 0;
    let fits = |row: &&MessageRow| {
        let before = bytes;
        bytes += weight(row);
        before < PAGE_BYTES
    };
    rows.iter().take(limit as usize).take_while(fits).count()
}

/// The rows of a window in the order they are read, one more than asked for if there are more.
fn rows(conn: &mut Conn, room: RoomId, window: Window) -> Result<Vec<MessageRow>> {
    let here = all!()
        .filter(messages::room_id.eq(room.0))
        .into_boxed::<Sqlite>();
    let among = messages::thread_id.is_null();
    let query = match window {
        Window::After(rev, _) => here
            .filter(messages::rev.gt(rev))
            .order(messages::rev.asc()),
        Window::Newest(_) => here.filter(among).order(messages::id.desc()),
        Window::Before(id, _) => here
            .filter(among)
            .filter(messages::id.lt(id.0))
            .order(messages::id.desc()),
        Window::Since(id, _) => here
            .filter(among)
            .filter(messages::id.gt(id.0))
            .order(messages::id.asc()),
        Window::Between(since, before, _) => here
            .filter(among)
            .filter(messages::id.gt(since.0))
            .filter(messages::id.lt(before.0))
            .order(messages::id.asc()),
        Window::Thread(root, before, _) => here
            .filter(messages::thread_id.eq(root.0))
            .filter(messages::id.lt(before.map_or(i64::MAX, |id| id.0)))
            .order(messages::id.desc()),
    };
    Ok(query.limit(window.limit() + 1).load(conn)?)
}

/// The first message of a room at or after a moment (ms UTC); answers in threads do not count.
pub fn first_since(conn: &mut Conn, room: RoomId, at: i64) -> Result<Option<MessageId>> {
    let here = messages::table
        .filter(messages::room_id.eq(room.0))
        .filter(messages::thread_id.is_null());
    let newest = here.order(messages::id.desc()).select(messages::id);
    let newest: Option<i64> = newest.first(conn).optional()?;
    let columns = (messages::id, messages::created_at);
    let first = halved(newest, at, |id| {
        let next = here.filter(messages::id.ge(id)).order(messages::id.asc());
        Ok(next.select(columns).first(conn).optional()?)
    })?;
    let found = here.filter(messages::id.ge(first));
    let found = found.order(messages::id.asc()).select(messages::id);
    let found: Option<i64> = found.first(conn).optional()?;
    Ok(found.map(MessageId))
}

/// The number of the first message of any room that was sent at a moment (ms UTC) or later, or one after
/// all of them.
pub fn first_sent(conn: &mut Conn, at: i64) -> Result<i64> {
    let newest = messages::table.order(messages::id.desc());
    let newest: Option<i64> = newest.select(messages::id).first(conn).optional()?;
    let columns = (messages::id, messages::created_at);
    halved(newest, at, |id| {
        let next = messages::table.filter(messages::id.ge(id));
        let next = next.order(messages::id.asc()).select(columns);
        Ok(next.first(conn).optional()?)
    })
}

/// The lowest number from which on messages were sent at `at` or later. Messages have their numbers in the
/// order of time, so half of those in question can be left out at each step; `next` gives the first message
/// from a number on, and when it was sent.
fn halved(
    newest: Option<i64>,
    at: i64,
    mut next: impl FnMut(i64) -> Result<Option<(i64, i64)>>,
) -> Result<i64> {
    let (mut low, mut high) = (1, newest.unwrap_or(0) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match next(middle)? {
            Some((id, sent)) if sent < at => low = id + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}
