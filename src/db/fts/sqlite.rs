//! The index in SQLite: one FTS5 table that stores no texts, only which tokens each message has.
//!
//! FTS5 keeps no copy of a contentless row, so a row is deleted by inserting its old tokens with the command `delete`.

pub mod expression;

use std::ops::Range;

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};

use super::{
    index::{IndexQuery, SearchIndex},
    token,
};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    schema::{messages, upkeep},
};

diesel::table! {
    /// The hidden column has the name of the table. FTS5 compares an expression with it, and takes commands in it.
    words (rowid) {
        rowid -> BigInt,
        said -> Text,
        #[sql_name = "words"]
        hidden -> Text,
    }
}

/// Converts the id of a message into its rowid and back. The newest message has the lowest rowid, because FTS5 reads
/// posting lists a third faster in ascending order. (Very high ids get negative rowids, which only take more space.)
/// FTS5 collects rows that are inserted in ascending order, so the newest message of a batch is inserted first.
const fn reversed(number: i64) -> i64 {
    (1 << 31) - number
}

/// Name of the mark in the table `upkeep`.
const MARK: &str = "words";

/// The columns of a message that are indexed.
#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct IndexedMessage {
    id: MessageId,
    room_id: RoomId,
    author_id: UserId,
    body: String,
    seen: Option<String>,
}

/// The index in a table of FTS5.
pub enum SqliteSearchIndex {}

impl SearchIndex for SqliteSearchIndex {
    type Expression = String;

    fn mark(conn: &mut Conn) -> Result<i64> {
        Ok(upkeep::table.find(MARK).select(upkeep::done).first(conn)?)
    }

    fn lag(conn: &mut Conn) -> Result<i64> {
        let newest = messages::table.order(messages::id.desc());
        let newest: Option<i64> = newest.select(messages::id).first(conn).optional()?;
        Ok(newest.unwrap_or(0) - Self::mark(conn)?)
    }

    fn index(conn: &mut Conn, limit: i64) -> Result<bool> {
        let next = messages::table
            .filter(messages::id.gt(Self::mark(conn)?))
            .order(messages::id.asc())
            .limit(limit)
            .select(IndexedMessage::as_select());
        let batch: Vec<IndexedMessage> = next.load(conn)?;
        for message in batch.iter().rev() {
            insert(conn, message)?;
        }
        if let Some(last) = batch.last() {
            diesel::update(upkeep::table.find(MARK))
                .set(upkeep::done.eq(last.id))
                .execute(conn)?;
        }
        Ok(batch.len() as i64 == limit)
    }

    fn update(
        conn: &mut Conn,
        message: MessageId,
        change: impl FnOnce(&mut Conn) -> Result<()>,
    ) -> Result<()> {
        if message.0 > Self::mark(conn)? {
            return change(conn); // it is indexed later, with the text that it has then
        }
        let row = |conn: &mut Conn| -> Result<IndexedMessage> {
            let row = messages::table.find(message);
            Ok(row.select(IndexedMessage::as_select()).first(conn)?)
        };
        let before = row(conn)?;
        change(conn)?;
        let after = row(conn)?;
        delete(conn, &before)?;
        insert(conn, &after)
    }

    fn remove_all(conn: &mut Conn, messages: &[MessageId]) -> Result<()> {
        let mark = Self::mark(conn)?;
        let indexed = messages.iter().filter(|message| message.0 <= mark);
        let rows = messages::table
            .filter(messages::id.eq_any(indexed))
            .order(messages::id.desc())
            .select(IndexedMessage::as_select());
        for message in rows.load(conn)? {
            delete(conn, &message)?;
        }
        Ok(())
    }

    fn compile(query: &IndexQuery) -> Option<String> {
        expression::expression(query)
    }

    fn find(
        conn: &mut Conn,
        expression: &String,
        ids: Range<i64>,
        limit: i64,
    ) -> Result<Vec<MessageId>> {
        let rowids = words::table
            .filter(words::hidden.eq(expression))
            .filter(words::rowid.gt(reversed(ids.end)))
            .filter(words::rowid.le(reversed(ids.start)))
            .order(words::rowid.asc())
            .limit(limit)
            .select(words::rowid);
        let rowids: Vec<i64> = rowids.load(conn)?;
        let ids = rowids.into_iter().map(|rowid| MessageId(reversed(rowid)));
        Ok(ids.collect())
    }
}

impl IndexedMessage {
    fn rowid(&self) -> i64 {
        reversed(self.id.0)
    }

    /// The tokens. `None` for an empty text, which is never in the index.
    fn tokens(&self) -> Option<String> {
        let texts = (self.seen.as_deref().unwrap_or(&self.body), &*self.body);
        let line = || token::line(self.id, self.room_id, self.author_id, texts);
        (!texts.0.is_empty()).then(line)
    }
}

fn insert(conn: &mut Conn, message: &IndexedMessage) -> Result<()> {
    if let Some(tokens) = message.tokens() {
        let row = (words::rowid.eq(message.rowid()), words::said.eq(tokens));
        let insert = diesel::insert_into(words::table).values(row);
        insert.execute(conn)?;
    }
    Ok(())
}

fn delete(conn: &mut Conn, message: &IndexedMessage) -> Result<()> {
    if let Some(tokens) = message.tokens() {
        let (rowid, said) = (words::rowid.eq(message.rowid()), words::said.eq(tokens));
        let command = (words::hidden.eq("delete"), rowid, said);
        let insert = diesel::insert_into(words::table).values(command);
        insert.execute(conn)?;
    }
    Ok(())
}
