//! Messages in the database.

use diesel::{
    Connection, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, sqlite::Sqlite,
};

use super::{Draft, Message, Page, Place, Posted, mentions, text::Body};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    rooms,
    schema::{mentions as table, messages, users},
};

/// A run of one author goes on for this long (ms) after their last message.
const RUN: i64 = 5 * 60 * 1000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Text on a page, in bytes: what is longer comes as several pages, so that no answer is large.
const PAGE_BYTES: usize = 256 << 10;

/// A part of a room's messages; each with the most to read.
#[derive(Clone, Copy, Debug)]
pub enum Window {
    /// The newest ones.
    Newest(i64),
    /// The newest ones before a message.
    Before(MessageId, i64),
    /// The changes after a rev.
    After(i64, i64),
    /// The changes after one rev, up to and including another.
    Between(i64, i64, i64),
}

type Row = (
    i64,
    i64,
    i64,
    String,
    i64,
    String,
    String,
    i32,
    i64,
    Option<i64>,
    Option<i64>,
);

/// All columns of a [`Message`], with its author's name.
macro_rules! all {
    () => {
        messages::table.inner_join(users::table).select((
            messages::id,
            messages::room_id,
            messages::rev,
            messages::client_id,
            messages::author_id,
            users::username,
            messages::body,
            messages::place,
            messages::created_at,
            messages::edited_at,
            messages::deleted_at,
        ))
    };
}

mod readable;

pub use readable::readable;

/// Stores a draft under the room's next rev, or finds what its client id stands for already.
pub fn post(
    conn: &mut Conn,
    room: RoomId,
    author: UserId,
    username: &str,
    draft: Draft,
    now: i64,
) -> Result<Posted> {
    let rev = rooms::rev_for_post(conn, room, author)? + 1;
    if let Some(before) = find(conn, author, &draft.client_id)? {
        return same_room(before, room).map(Posted::Before);
    }
    let (place, now) = place(conn, room, author, now)?;
    rooms::set_rev(conn, room, rev)?;
    let row = (
        messages::room_id.eq(room.0),
        messages::author_id.eq(author.0),
        messages::client_id.eq(&draft.client_id),
        messages::body.eq(draft.body.as_str()),
        messages::place.eq(place.to_column()),
        messages::created_rev.eq(rev),
        messages::rev.eq(rev),
        messages::created_at.eq(now),
    );
    let insert = diesel::insert_into(messages::table).values(row);
    let id: i64 = insert.returning(messages::id).get_result(conn)?;
    mention(conn, room, MessageId(id), draft.body.as_str())?;
    Ok(Posted::New(Message {
        id: MessageId(id),
        room,
        rev,
        client_id: draft.client_id,
        author,
        username: username.to_owned(),
        body: draft.body,
        created_at: now,
        edited_at: None,
        deleted_at: None,
        place,
    }))
}

/// A message that is sent again is sent to the same room: another one would lose what is new in it.
///
/// # Errors
/// `Conflict` for another room.
pub fn same_room(before: Message, room: RoomId) -> Result<Message> {
    match before.room == room {
        true => Ok(before),
        false => Err(Error::Conflict(
            "This client_id was used in another room. Send the message with a new one.".into(),
        )),
    }
}

/// Writes down whom a message names: those of them who are in the room.
fn mention(conn: &mut Conn, room: RoomId, message: MessageId, text: &str) -> Result<()> {
    let keys = mentions::keys(text);
    if keys.is_empty() {
        return Ok(());
    }
    for person in rooms::named(conn, room, &keys)? {
        let row = (
            table::user_id.eq(person.0),
            table::room_id.eq(room.0),
            table::message_id.eq(message.0),
        );
        diesel::insert_into(table::table)
            .values(row)
            .execute(conn)?;
    }
    Ok(())
}

/// Where a message of `author` would stand, and its time: never before that of the one before it.
fn place(conn: &mut Conn, room: RoomId, author: UserId, now: i64) -> Result<(Place, i64)> {
    let newest = messages::table
        .filter(messages::room_id.eq(room.0))
        .order(messages::id.desc());
    let last: Option<(i64, i64)> = newest
        .select((messages::author_id, messages::created_at))
        .first(conn)
        .optional()?;
    let Some((speaker, at)) = last else {
        return Ok((Place::Day, now));
    };
    let now = now.max(at);
    let place = match () {
        () if now / DAY != at / DAY => Place::Day,
        () if speaker == author.0 && now - at < RUN => Place::Continued,
        () => Place::Run,
    };
    Ok((place, now))
}

/// The message that `author` sent as `client_id`.
pub fn find(conn: &mut Conn, author: UserId, client_id: &str) -> Result<Option<Message>> {
    let mine = all!().filter(messages::author_id.eq(author.0));
    let row: Option<Row> = mine
        .filter(messages::client_id.eq(client_id))
        .first(conn)
        .optional()?;
    row.map(message).transpose()
}

/// Reads a window, and the room's rev of the same moment.
pub fn page(conn: &mut Conn, room: RoomId, window: Window) -> Result<Page> {
    conn.transaction(|conn| {
        let rev = rooms::rev(conn, room)?;
        let rows = rows(conn, room, window)?;
        let (found, fit) = (rows.len(), fitting(&rows, window.limit()));
        let kept = rows.into_iter().take(fit).map(message);
        let mut messages = kept.collect::<Result<Vec<_>>>()?;
        if matches!(window, Window::Newest(_) | Window::Before(..)) {
            messages.reverse();
        }
        Ok(Page {
            messages,
            rev,
            more: found > fit,
        })
    })
}

/// How many rows, from the first, make a page: at most `limit`, and not much more than [`PAGE_BYTES`].
fn fitting(rows: &[Row], limit: i64) -> usize {
    let mut bytes = 0;
    let fits = |row: &&Row| {
        let before = bytes;
        bytes += row.6.len();
        before < PAGE_BYTES
    };
    rows.iter().take(limit as usize).take_while(fits).count()
}

/// The rows of a window in the order they are read, one more than asked for if there are more.
fn rows(conn: &mut Conn, room: RoomId, window: Window) -> Result<Vec<Row>> {
    let here = all!()
        .filter(messages::room_id.eq(room.0))
        .into_boxed::<Sqlite>();
    let query = match window {
        Window::Newest(_) => here.order(messages::id.desc()),
        Window::Before(id, _) => here
            .filter(messages::id.lt(id.0))
            .order(messages::id.desc()),
        Window::After(rev, _) => here
            .filter(messages::rev.gt(rev))
            .order(messages::rev.asc()),
        Window::Between(after, until, _) => here
            .filter(messages::rev.gt(after))
            .filter(messages::rev.le(until))
            .order(messages::rev.asc()),
    };
    Ok(query.limit(window.limit() + 1).load(conn)?)
}

impl Window {
    fn limit(self) -> i64 {
        match self {
            Window::Newest(limit)
            | Window::Before(_, limit)
            | Window::After(_, limit)
            | Window::Between(_, _, limit) => limit,
        }
    }
}

fn message(row: Row) -> Result<Message> {
    let (id, room, rev, client_id, author, username, body, place, created, edited, deleted) = row;
    Ok(Message {
        id: MessageId(id),
        room: RoomId(room),
        rev,
        client_id,
        author: UserId(author),
        username,
        body: Body::stored(body),
        created_at: created,
        edited_at: edited,
        deleted_at: deleted,
        place: Place::from_column(place)?,
    })
}

impl Place {
    fn to_column(self) -> i32 {
        match self {
            Place::Continued => 0,
            Place::Run => 1,
            Place::Day => 2,
        }
    }

    fn from_column(place: i32) -> Result<Place> {
        match place {
            0 => Ok(Place::Continued),
            1 => Ok(Place::Run),
            2 => Ok(Place::Day),
            other => Err(Error::Internal(format!(
                "a message stands in place {other}"
            ))),
        }
    }
}
