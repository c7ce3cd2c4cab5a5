//! The results of a search.

use std::sync::Arc;

use super::{highlight::SnippetPart, request::ResultCursor};
use crate::{messages::Message, rooms::Kind};

/// A page of results.
#[derive(Default)]
pub struct SearchResults {
    pub found: Vec<SearchResult>,
    /// The next page.
    pub next: Option<ResultCursor>,
    /// Hints for the reader about parts of the query.
    pub notes: Vec<String>,
    /// The time (ms UTC) down to which messages were searched, if there are more before it.
    pub back_to: Option<i64>,
    /// Whether many messages are not indexed yet.
    pub behind: bool,
}

/// A message that matches.
pub struct SearchResult {
    pub message: Message,
    /// The name of its room, as the reader sees it.
    pub room: Arc<str>,
    pub kind: Kind,
    pub snippet: Vec<SnippetPart>,
    /// Whether a term matches inside a word only.
    pub inside: bool,
}
