//! Reading messages.

use std::collections::HashSet;

use diesel::{
    BoolExpressionMethods, Connection, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl,
    RunQueryDsl, sqlite::Sqlite,
};

use super::rows::{MessageRow, all, complete};
use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    messages::{Grouping, Message, MessagePage},
    rooms,
    schema::{members, messages, rooms as all_rooms},
};

/// Bytes of text and HTML on a page. A longer page is split, so that no response is large.
const PAGE_BYTES: usize = 256 << 10;

/// A part of a room's messages, with the most messages to read. Only `After` and `Thread` include replies in threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// The changes after a rev, in the order of their revs.
    After(i64, i64),
    /// The newest messages.
    Newest(i64),
    /// The newest messages before a message.
    Before(MessageId, i64),
    /// The oldest messages after a message.
    Since(MessageId, i64),
    /// The oldest messages after one message and before another.
    Between(MessageId, MessageId, i64),
    /// The newest replies in a thread, or the newest before a message.
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

    /// Whether it reads the list of a room from a message, or its end, back.
    fn is_list(self) -> bool {
        matches!(self, Window::Newest(_) | Window::Before(..))
    }

    fn is_backwards(self) -> bool {
        matches!(
            self,
            Window::Newest(_) | Window::Before(..) | Window::Thread(..)
        )
    }
}

/// The message that an author sent with a client id.
pub fn find(conn: &mut Conn, author: UserId, client_id: &str) -> Result<Option<Message>> {
    let query = all()
        .filter(messages::author_id.eq(author))
        .filter(messages::client_id.eq(client_id));
    let row: Option<MessageRow> = query.first(conn).optional()?;
    Ok(complete(conn, row.into_iter().collect())?.pop())
}

/// A message of a room.
pub fn one(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Option<Message>> {
    let query = all()
        .filter(messages::room_id.eq(room))
        .filter(messages::id.eq(id));
    let row: Option<MessageRow> = query.first(conn).optional()?;
    Ok(complete(conn, row.into_iter().collect())?.pop())
}

/// The first messages of a user that are not deleted, in rooms that are not deleted either.
pub fn written_by(conn: &mut Conn, user: UserId, most: i64) -> Result<Vec<(RoomId, MessageId)>> {
    let written = messages::table
        .inner_join(all_rooms::table.on(all_rooms::id.eq(messages::room_id)))
        .filter(messages::author_id.eq(user))
        .filter(
            messages::deleted_at
                .is_null()
                .and(all_rooms::deleted_at.is_null()),
        )
        .order(messages::id.asc())
        .limit(most);
    Ok(written
        .select((messages::room_id, messages::id))
        .load(conn)?)
}

/// Number of messages that [`written_by`] would find without a limit.
pub fn count_written(conn: &mut Conn, user: UserId) -> Result<i64> {
    let written = messages::table
        .inner_join(all_rooms::table.on(all_rooms::id.eq(messages::room_id)))
        .filter(messages::author_id.eq(user))
        .filter(messages::deleted_at.is_null())
        .filter(all_rooms::deleted_at.is_null());
    Ok(written.count().get_result(conn)?)
}

/// The next messages of a user after an id that are not deleted, oldest first.
pub fn by_author(
    conn: &mut Conn,
    user: UserId,
    (after, most): (MessageId, i64),
) -> Result<Vec<Message>> {
    let query = all()
        .filter(messages::author_id.eq(user))
        .filter(messages::id.gt(after).and(messages::deleted_at.is_null()))
        .order(messages::id.asc())
        .limit(most);
    let rows: Vec<MessageRow> = query.load(conn)?;
    complete(conn, rows)
}

/// Messages by their ids, in the order of the ids.
pub fn these(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = all().filter(messages::id.eq_any(id_list(ids))).load(conn)?;
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
        let (mut messages, more) = (complete(conn, rows)?, found > fit);
        if window.is_list()
            && !more
            && let Some(first) = messages.first_mut()
        {
            first.grouping = Grouping::Day; // those before it may have expired
        }
        Ok(MessagePage {
            messages,
            rev,
            more,
        })
    })
}

/// The page around a message. `more` tells whether there are older messages, the flag whether there are newer ones.
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

/// The number of rows, from the first, that make a page: at most `limit`, and not much more than [`PAGE_BYTES`].
pub fn fitting(rows: &[MessageRow], limit: i64) -> usize {
    let mut bytes = 0;
    let fits = |row: &&MessageRow| {
        let before = bytes;
        bytes += row.weight();
        before < PAGE_BYTES
    };
    rows.iter().take(limit as usize).take_while(fits).count()
}

/// The rows of a window in the order of reading, one more than its limit if there are more.
fn rows(conn: &mut Conn, room: RoomId, window: Window) -> Result<Vec<MessageRow>> {
    let here = all()
        .filter(messages::room_id.eq(room))
        .into_boxed::<Sqlite>();
    let in_list = messages::thread_id.is_null().and(is_listed());
    let query = match window {
        Window::After(rev, _) => here
            .filter(messages::rev.gt(rev))
            .order(messages::rev.asc()),
        Window::Newest(_) => here.filter(in_list).order(messages::id.desc()),
        Window::Before(id, _) => here
            .filter(in_list)
            .filter(messages::id.lt(id))
            .order(messages::id.desc()),
        Window::Since(id, _) => here
            .filter(in_list)
            .filter(messages::id.gt(id))
            .order(messages::id.asc()),
        Window::Between(since, before, _) => here
            .filter(in_list)
            .filter(messages::id.gt(since))
            .filter(messages::id.lt(before))
            .order(messages::id.asc()),
        Window::Thread(root, before, _) => here
            .filter(messages::thread_id.eq(root).and(is_listed()))
            .filter(messages::id.lt(before.unwrap_or(MessageId(i64::MAX))))
            .order(messages::id.desc()),
    };
    Ok(query.limit(window.limit() + 1).load(conn)?)
}

/// Whether lists contain a message: it has not expired, or its thread has replies.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_listed() -> _ {
    messages::expired.eq(false).or(messages::answers.gt(0_i64))
}

/// The messages of `ids` in rooms of a user, without deleted ones. Two statements in one transaction: with a join,
/// SQLite would begin with all rooms of the user and look into each room for every message.
pub fn readable(conn: &mut Conn, user: UserId, ids: &[MessageId]) -> Result<Vec<Message>> {
    let not_deleted = all()
        .filter(messages::id.eq_any(id_list(ids)))
        .filter(messages::deleted_at.is_null())
        .filter(messages::body.ne("").or(messages::files.gt(0)));
    let (mut rows, theirs) = conn.transaction(|conn| {
        let rows: Vec<MessageRow> = not_deleted.load(conn)?;
        let rooms: HashSet<RoomId> = rows.iter().map(|row| row.room_id).collect();
        let theirs: Vec<RoomId> = members::table
            .filter(members::user_id.eq(user))
            .filter(members::room_id.eq_any(id_list(rooms)))
            .select(members::room_id)
            .load(conn)?;
        diesel::QueryResult::Ok((rows, theirs))
    })?;
    rows.retain(|row| theirs.contains(&row.room_id));
    complete(conn, rows)
}

/// The root of the thread of a message: the message itself, unless it is a reply in a thread.
pub fn root_of(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Option<MessageId>> {
    let here = messages::table.find(id).filter(messages::room_id.eq(room));
    let thread = here.select(messages::thread_id).first(conn).optional()?;
    Ok(thread.map(|root: Option<MessageId>| root.unwrap_or(id)))
}
