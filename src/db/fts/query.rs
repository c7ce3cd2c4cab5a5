//! Queries to the index, independent of the database.

use super::text::Word;
use crate::db::ids::{RoomId, UserId};

/// A word or phrase to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// At least one word.
    pub words: Vec<Word>,
    /// Matches whole words only. Otherwise the last word may be the beginning of one.
    pub exact: bool,
    /// False for a term that excludes messages.
    pub wanted: bool,
}

/// Where in a word a term may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchKind {
    /// At its beginning.
    Prefix,
    /// Anywhere in it, without the messages that match at a beginning.
    Infix,
}

/// A query to the index. Empty lists do not restrict it.
#[derive(Clone, Copy, Debug)]
pub struct IndexQuery<'a> {
    pub terms: &'a [Term],
    pub kind: MatchKind,
    pub rooms: &'a [RoomId],
    pub authors: &'a [UserId],
    pub excluded_authors: &'a [UserId],
    /// With a link, or without.
    pub has_link: Option<bool>,
    /// A message in the only block ([`super::BLOCK`]) to search.
    pub block: Option<i64>,
}
