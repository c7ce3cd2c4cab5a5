//! Interface to the full-text index of a database, and the queries that it answers.

use std::ops::Range;

use super::{text::Word, token::Property};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
};

/// Word or phrase to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// At least one word.
    pub words: Vec<Word>,
    /// Matches whole words only. Otherwise the last word may be the beginning of one.
    pub exact: bool,
    /// False for a term that excludes messages.
    pub wanted: bool,
}

/// Place in a word at which a term may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchKind {
    /// At its beginning.
    Prefix,
    /// Anywhere in it, without the messages that match at a beginning.
    Infix,
}

/// Query to the index. Empty lists do not restrict it.
#[derive(Clone, Copy, Debug)]
pub struct IndexQuery<'a> {
    pub terms: &'a [Term],
    pub kind: MatchKind,
    pub rooms: &'a [RoomId],
    pub authors: &'a [UserId],
    pub excluded_authors: &'a [UserId],
    /// Properties that messages have, or do not have.
    pub has: &'a [(Property, bool)],
    /// Restricts the search to the block of messages ([`super::BLOCK`]) that contains this message.
    pub block: Option<i64>,
}

/// Full-text index of messages. All calls are resolved at compile time: an implementation is a type without values.
///
/// Invariant: every message up to the mark is in the index with its current text, unless the text is empty. No message
/// after the mark is in the index. So each change of a message's text is made with [`SearchIndex::update`] or after
/// [`SearchIndex::remove_all`], in its own transaction. The text is the column `seen`, or `body` if that is null. Its files
/// count as its text.
pub trait SearchIndex {
    /// A query in the language of the index.
    type Expression;

    /// The newest message that is indexed.
    fn mark(conn: &mut Conn) -> Result<i64>;

    /// How many ids lie between the mark and the newest message.
    fn lag(conn: &mut Conn) -> Result<i64>;

    /// Adds the next messages after the mark, at most `limit`, and moves the mark. Returns whether there may be more.
    fn index(conn: &mut Conn, limit: i64) -> Result<bool>;

    /// Runs `change`, which replaces the text of a message in its row. The row must have the indexed text before, since
    /// an index may keep no copy.
    fn update(
        conn: &mut Conn,
        message: MessageId,
        change: impl FnOnce(&mut Conn) -> Result<()>,
    ) -> Result<()>;

    /// Removes messages whose rows still exist with their texts.
    fn remove_all(conn: &mut Conn, messages: &[MessageId]) -> Result<()>;

    /// Translates a query. `None` if it asks for nothing, or for nothing that a query with a closer match would not
    /// find.
    fn compile(query: &IndexQuery) -> Option<Self::Expression>;

    /// Messages with an id in `ids` that match, newest first, at most `limit`.
    fn find(
        conn: &mut Conn,
        expression: &Self::Expression,
        ids: Range<i64>,
        limit: i64,
    ) -> Result<Vec<MessageId>>;
}
