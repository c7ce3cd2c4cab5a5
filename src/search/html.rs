//! Results as a page, a fragment and JSON.

use askama::Template;
use serde::Serialize;

use super::{Found, Order, Part, Piece, Results};
use crate::{db::time, error::Result, messages::MessageJson};

/// The page.
#[derive(Template)]
#[template(path = "search/page.html")]
pub struct SearchPage {
    pub list: ResultList,
}

/// What htmx puts into it.
#[derive(Template)]
#[template(path = "search/results.html")]
pub struct ResultFragment {
    pub list: ResultList,
}

/// Results, and what there is to say about them. Templates call it `list`.
pub struct ResultList {
    pub words: String,
    pub best: bool,
    pub results: Vec<Shown>,
    /// The address of the next page.
    pub next: Option<String>,
    /// That of the first one.
    pub first: String,
    pub is_first: bool,
    pub notes: Vec<String>,
    pub back_to: Option<Moment>,
    pub behind: bool,
}

/// A message in the list.
pub struct Shown {
    pub address: String,
    pub room: String,
    pub kind: &'static str,
    pub author: String,
    pub at: Moment,
    pub snippet: Vec<Piece>,
    /// The first of those that have the words only inside of others.
    pub begins_insides: bool,
}

/// A moment for people.
pub struct Moment {
    pub iso: String,
    pub day: String,
    pub clock: String,
}

impl Moment {
    fn of(ms: i64) -> Moment {
        Moment {
            iso: time::iso(ms),
            day: time::day_label(ms),
            clock: time::clock(ms),
        }
    }
}

impl ResultList {
    /// The list for what was asked.
    pub fn new(words: String, order: Order, part: Part, results: Results) -> ResultList {
        let next = results.next.map(|next| address(&words, order, next));
        let first = address(&words, order, Part::default());
        let mut inside = part.inside && part.before.is_some();
        let mut shown = Vec::with_capacity(results.found.len());
        for found in results.found {
            let begins_insides = order == Order::Newest && found.inside && !inside;
            inside |= found.inside;
            shown.push(Shown::of(found, begins_insides));
        }
        ResultList {
            words,
            best: order == Order::Best,
            results: shown,
            next,
            first,
            is_first: part == Part::default(),
            notes: results.notes,
            back_to: results.back_to.map(Moment::of),
            behind: results.behind,
        }
    }

    fn asks_nothing(&self) -> bool {
        self.words.trim().is_empty()
    }
}

impl Shown {
    fn of(found: Found, begins_insides: bool) -> Shown {
        let message = found.message;
        Shown {
            address: format!("/rooms/{}/messages/{}", message.room, message.id),
            room: found.room.to_string(),
            kind: found.kind.name(),
            author: message.username,
            at: Moment::of(message.created_at),
            snippet: found.snippet,
            begins_insides,
        }
    }
}

/// Where a part of the results is.
fn address(words: &str, order: Order, part: Part) -> String {
    let mut pairs = vec![("q", words.to_owned())];
    if order == Order::Best {
        pairs.push(("sort", "best".into()));
    }
    if part.inside {
        pairs.push(("inside", "1".into()));
    }
    if let Some(before) = part.before {
        pairs.push(("before", before.to_string()));
    }
    if part.page > 0 {
        pairs.push(("page", (part.page + 1).to_string()));
    }
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("/messages?{query}")
}

/// The same as programs get it.
#[derive(Serialize)]
pub struct ResultsJson<'a> {
    messages: Vec<FoundJson<'a>>,
    more: bool,
    /// The address of the next page.
    next: Option<String>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct FoundJson<'a> {
    #[serde(flatten)]
    message: MessageJson<'a>,
    snippet: String,
}

#[derive(Template)]
#[template(path = "search/snippet.html")]
struct Snippet<'a> {
    snippet: &'a [Piece],
}

impl<'a> ResultsJson<'a> {
    /// The results for what was asked.
    ///
    /// # Errors
    /// `Internal` when the template of a snippet fails.
    pub fn new(words: &str, order: Order, results: &'a Results) -> Result<ResultsJson<'a>> {
        let found = results.found.iter().map(|found| {
            let snippet = Snippet {
                snippet: &found.snippet,
            };
            Ok(FoundJson {
                message: MessageJson::from(&found.message),
                snippet: snippet.render()?,
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
