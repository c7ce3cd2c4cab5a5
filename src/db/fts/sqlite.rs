//! The index in SQLite: one FTS5 table that stores no texts, only which tokens each message has.
//!
//! FTS5 keeps no copy of a contentless row, so a row is deleted by inserting its old tokens with the command `delete`.

pub mod expression;

use std::{collections::HashMap, ops::Range};

use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    RunQueryDsl, Selectable, SelectableHelper,
};

use super::{
    index::{IndexQuery, SearchIndex},
    token::{self, Property},
};
use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    schema::{files, messages, upkeep},
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
    /// Number of its files.
    files: i32,
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
        let files = file_properties(conn, &batch)?;
        for message in batch.iter().rev() {
            insert(conn, &message.entry(&files))?;
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
        let entry = |conn: &mut Conn| -> Result<IndexEntry> {
            let row = messages::table.find(message);
            let row: IndexedMessage = row.select(IndexedMessage::as_select()).first(conn)?;
            let files = file_properties(conn, std::slice::from_ref(&row))?;
            Ok(row.entry(&files))
        };
        let before = entry(conn)?;
        change(conn)?;
        let after = entry(conn)?;
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
        let rows: Vec<IndexedMessage> = rows.load(conn)?;
        let files = file_properties(conn, &rows)?;
        for message in rows {
            delete(conn, &message.entry(&files))?;
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

/// Properties of the files of messages.
type FileProperties = HashMap<MessageId, Vec<Property>>;

/// Reads what kinds of files these messages have.
fn file_properties(conn: &mut Conn, messages: &[IndexedMessage]) -> Result<FileProperties> {
    let with_files = messages.iter().filter(|message| message.files > 0);
    let ids: Vec<MessageId> = with_files.map(|message| message.id).collect();
    let mut properties = FileProperties::new();
    if ids.is_empty() {
        return Ok(properties);
    }
    let kinds: Vec<(MessageId, i32)> = files::table
        .filter(files::message_id.assume_not_null().eq_any(id_list(ids)))
        .select((files::message_id.assume_not_null(), files::kind))
        .distinct()
        .order((files::message_id, files::kind))
        .load(conn)?;
    for (message, kind) in kinds {
        let of_message = properties
            .entry(message)
            .or_insert_with(|| vec![Property::File]);
        let kinds = [Property::Image, Property::Video, Property::Audio];
        of_message.extend(kinds.get(kind as usize - 1));
    }
    Ok(properties)
}

impl IndexedMessage {
    fn entry(&self, files: &FileProperties) -> IndexEntry {
        let texts = (self.seen.as_deref().unwrap_or(&self.body), &*self.body);
        let files = files.get(&self.id).map_or(&[][..], Vec::as_slice);
        let line = || token::line(self.id, self.room_id, self.author_id, texts, files);
        IndexEntry {
            rowid: reversed(self.id.0),
            tokens: (!texts.0.is_empty()).then(line),
        }
    }
}

/// A row of the index.
struct IndexEntry {
    rowid: i64,
    /// `None` for an empty text, which is never in the index.
    tokens: Option<String>,
}

fn insert(conn: &mut Conn, entry: &IndexEntry) -> Result<()> {
    if let Some(tokens) = &entry.tokens {
        let row = (words::rowid.eq(entry.rowid), words::said.eq(tokens));
        let insert = diesel::insert_into(words::table).values(row);
        insert.execute(conn)?;
    }
    Ok(())
}

fn delete(conn: &mut Conn, entry: &IndexEntry) -> Result<()> {
    if let Some(tokens) = &entry.tokens {
        let (rowid, said) = (words::rowid.eq(entry.rowid), words::said.eq(tokens));
        let command = (words::hidden.eq("delete"), rowid, said);
        let insert = diesel::insert_into(words::table).values(command);
        insert.execute(conn)?;
    }
    Ok(())
}
