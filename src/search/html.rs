//! Results as a page, a fragment and JSON.

use askama::Template;
use serde::Serialize;

use super::{ResultCursor, SearchResult, SearchResults, SortOrder, highlight::SnippetPart};
use crate::{
    error::Result,
    messages::{MessageJson, ShownTime},
};

/// HTML of search results: the whole page, the list for htmx, or the excerpt of one message.
#[derive(Template)]
pub enum ResultsView<'a> {
    #[template(path = "search/messages.html")]
    Page { list: ResultList<'a> },
    /// The part that htmx replaces.
    #[template(path = "search/results.html")]
    Fragment { list: ResultList<'a> },
    #[template(path = "search/snippet.html")]
    Snippet { snippet: &'a [SnippetPart] },
}

/// Results and hints. Templates call it `list`.
pub struct ResultList<'a> {
    pub words: String,
    pub best: bool,
    /// Each with whether it is the first partial match.
    pub results: Vec<(&'a SearchResult, bool)>,
    /// The URL of the next page.
    pub next: Option<String>,
    /// The URL of the first page.
    pub first: String,
    pub is_first: bool,
    pub notes: &'a [String],
    pub back_to: Option<ShownTime>,
    pub behind: bool,
    pub chips: Vec<FilterChip>,
}

/// Link that adds a filter to the query, or takes it away.
pub struct FilterChip {
    pub label: &'static str,
    pub address: String,
    pub active: bool,
}

/// Filters that the page offers.
const FILTERS: [(&str, &str); 4] = [
    ("From me", "from:me"),
    ("Has a link", "has:link"),
    ("Has a file", "has:file"),
    ("Today", "on:today"),
];

impl FilterChip {
    fn of(label: &'static str, filter: &str, words: &str, order: SortOrder) -> FilterChip {
        let others = words.split_whitespace().filter(|word| *word != filter);
        let mut query: Vec<&str> = others.collect();
        let active = words.split_whitespace().any(|word| word == filter);
        if !active {
            query.push(filter);
        }
        FilterChip {
            label,
            address: address(&query.join(" "), order, ResultCursor::default()),
            active,
        }
    }
}

impl<'a> ResultList<'a> {
    /// The list of the results for `words`.
    pub fn new(
        words: String,
        order: SortOrder,
        cursor: ResultCursor,
        results: &'a SearchResults,
    ) -> ResultList<'a> {
        let next = results.next.map(|next| address(&words, order, next));
        let first = address(&words, order, ResultCursor::default());
        let mut inside = cursor.inside && cursor.before.is_some();
        let mut shown = Vec::with_capacity(results.found.len());
        for found in &results.found {
            let begins_insides = order == SortOrder::Newest && found.inside && !inside;
            inside |= found.inside;
            shown.push((found, begins_insides));
        }
        let chip =
            |(label, filter): (&'static str, &str)| FilterChip::of(label, filter, &words, order);
        ResultList {
            chips: FILTERS.map(chip).into(),
            words,
            best: order == SortOrder::Best,
            results: shown,
            next,
            first,
            is_first: cursor == ResultCursor::default(),
            notes: &results.notes,
            back_to: results.back_to.map(ShownTime::of),
            behind: results.behind,
        }
    }

    fn asks_nothing(&self) -> bool {
        self.words.trim().is_empty()
    }
}

/// The URL of a page of results.
fn address(words: &str, order: SortOrder, cursor: ResultCursor) -> String {
    let mut pairs = vec![("q", words.to_owned())];
    if order == SortOrder::Best {
        pairs.push(("sort", "best".into()));
    }
    if cursor.inside {
        pairs.push(("inside", "1".into()));
    }
    if let Some(before) = cursor.before {
        pairs.push(("before", before.to_string()));
    }
    if cursor.page > 0 {
        pairs.push(("page", (cursor.page + 1).to_string()));
    }
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("/messages?{query}")
}

/// Results as JSON.
#[derive(Serialize)]
pub struct ResultsJson<'a> {
    messages: Vec<ResultJson<'a>>,
    more: bool,
    /// The URL of the next page.
    next: Option<String>,
    notes: &'a [String],
}

/// A message that matches, and its excerpt as HTML.
#[derive(Serialize)]
struct ResultJson<'a> {
    #[serde(flatten)]
    message: MessageJson<'a>,
    snippet: String,
}

impl<'a> ResultsJson<'a> {
    /// The results for `words`.
    pub fn new(words: &str, order: SortOrder, results: &'a SearchResults) -> Result<Self> {
        let found = results.found.iter().map(|found| {
            let snippet = &found.snippet;
            Ok(ResultJson {
                message: MessageJson::from(&found.message),
                snippet: ResultsView::Snippet { snippet }.render()?,
            })
        });
        Ok(ResultsJson {
            messages: found.collect::<Result<_>>()?,
            more: results.next.is_some(),
            next: results.next.map(|next| address(words, order, next)),
            notes: &results.notes,
        })
    }
}
