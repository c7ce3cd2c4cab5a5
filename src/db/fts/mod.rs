//! The full-text index of what is said: one FTS5 table without texts of its own. It lies below all features,
//! because each that changes or ends a message has to change the index in the same transaction.
//!
//! Invariant: a message up to the mark is in the index with the text that it has, unless that is empty;
//! a message after the mark is not in it. FTS5 keeps no copy, so whoever takes a text out must say which it was.

mod text;
pub mod token;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

pub use text::{Word, words};

use super::{
    Conn,
    ids::{MessageId, RoomId, UserId},
};
use crate::{
    error::Result,
    schema::{messages, upkeep},
};

diesel::table! {
    /// FTS5 looks the expression up that its hidden column, called as the table, is compared with; a command
    /// is written into the same.
    words (rowid) {
        rowid -> BigInt,
        said -> Text,
        #[sql_name = "words"]
        hidden -> Text,
    }
}

/// The rowid of a message, and back: the newest has the lowest, because FTS5 reads its lists a third faster from the
/// lowest one on. (Those of a very high number are negative, which only takes more room.) Of several messages the
/// newest is written first: FTS5 writes rising rowids together.
const fn turned(number: i64) -> i64 {
    (1 << 31) - number
}

/// The name of the mark among what is kept up in the background.
const MARK: &str = "words";

/// What the index needs of a message.
macro_rules! columns {
    () => {
        (
            messages::id,
            messages::room_id,
            messages::author_id,
            messages::body,
        )
    };
}

/// The number of the newest message that is in the index.
///
/// # Errors
/// Those of the database.
pub fn mark(conn: &mut Conn) -> Result<i64> {
    Ok(upkeep::table.find(MARK).select(upkeep::done).first(conn)?)
}

/// How many numbers of messages are not in the index yet.
///
/// # Errors
/// Those of the database.
pub fn lag(conn: &mut Conn) -> Result<i64> {
    let newest = messages::table.order(messages::id.desc());
    let newest: Option<i64> = newest.select(messages::id).first(conn).optional()?;
    Ok(newest.unwrap_or(0) - mark(conn)?)
}

/// Takes the next messages into the index, at most so many; whether there may be more.
///
/// # Errors
/// Those of the database.
pub fn index(conn: &mut Conn, most: i64) -> Result<bool> {
    let next = messages::table
        .filter(messages::id.gt(mark(conn)?))
        .order(messages::id.asc())
        .limit(most);
    let rows: Vec<(i64, i64, i64, String)> = next.select(columns!()).load(conn)?;
    for (id, room, author, body) in rows.iter().rev() {
        let place = (RoomId(*room), UserId(*author));
        add(conn, MessageId(*id), place, body)?;
    }
    if let Some((last, ..)) = rows.last() {
        diesel::update(upkeep::table.find(MARK))
            .set(upkeep::done.eq(last))
            .execute(conn)?;
    }
    Ok(rows.len() as i64 == most)
}

/// A message says something else now: to be called in the transaction that changes it.
///
/// # Errors
/// Those of the database.
pub fn reindexed(conn: &mut Conn, message: MessageId, before: &str, now: &str) -> Result<()> {
    if message.0 > mark(conn)? {
        return Ok(()); // it is taken in as it is then
    }
    let place = place(conn, message)?;
    remove(conn, message, place, before)?;
    add(conn, message, place, now)
}

/// A message says nothing any more: to be called in the transaction that erases it, while its row is there.
///
/// # Errors
/// Those of the database.
pub fn unindexed(conn: &mut Conn, message: MessageId, before: &str) -> Result<()> {
    reindexed(conn, message, before, "")
}

/// These messages go: to be called in the transaction that removes their rows, while they are there.
///
/// # Errors
/// Those of the database.
pub fn forget(conn: &mut Conn, ids: &[i64]) -> Result<()> {
    let mark = mark(conn)?;
    let rows: Vec<(i64, i64, i64, String)> = messages::table
        .filter(messages::id.eq_any(ids.iter().filter(|id| **id <= mark)))
        .order(messages::id.desc())
        .select(columns!())
        .load(conn)?;
    for (id, room, author, body) in &rows {
        let place = (RoomId(*room), UserId(*author));
        remove(conn, MessageId(*id), place, body)?;
    }
    Ok(())
}

/// Messages with `low` ≤ number < `high` for which an expression holds, newest first.
///
/// # Errors
/// Those of the database; an expression of [`token`] is always understood.
pub fn find(
    conn: &mut Conn,
    expression: &str,
    (low, high): (i64, i64),
    most: i64,
) -> Result<Vec<MessageId>> {
    let found = words::table
        .filter(words::hidden.eq(expression))
        .filter(words::rowid.gt(turned(high)))
        .filter(words::rowid.le(turned(low)))
        .order(words::rowid.asc())
        .limit(most)
        .select(words::rowid);
    let ids: Vec<i64> = found.load(conn)?;
    Ok(ids
        .into_iter()
        .map(|rowid| MessageId(turned(rowid)))
        .collect())
}

fn place(conn: &mut Conn, message: MessageId) -> Result<(RoomId, UserId)> {
    let row = messages::table.find(message.0);
    let (room, author) = row
        .select((messages::room_id, messages::author_id))
        .first(conn)?;
    Ok((RoomId(room), UserId(author)))
}

fn add(
    conn: &mut Conn,
    message: MessageId,
    (room, author): (RoomId, UserId),
    text: &str,
) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let line = token::line(message, room, author, text);
    diesel::insert_into(words::table)
        .values((words::rowid.eq(turned(message.0)), words::said.eq(line)))
        .execute(conn)?;
    Ok(())
}

fn remove(
    conn: &mut Conn,
    message: MessageId,
    (room, author): (RoomId, UserId),
    text: &str,
) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let line = token::line(message, room, author, text);
    let command = (
        words::hidden.eq("delete"),
        words::rowid.eq(turned(message.0)),
        words::said.eq(line),
    );
    diesel::insert_into(words::table)
        .values(command)
        .execute(conn)?;
    Ok(())
}
