//! Search query syntax. Any text is a valid query: whatever isn't an operator is a list of words, and punctuation is
//! ignored.
//!
//! `word` matches words with this prefix, `"some words"` an exact phrase, and `-word` excludes messages. The filters
//! are `from:`, `in:`, `before:`, `after:`, `on:`, `has:` and `filename:`; `-from:`, `-in:`, `-has:` and `-filename:`
//! exclude matches.

mod dates;
mod note;
#[cfg(test)]
mod tests;

pub use dates::{DateFilter, DateRange};

use crate::{
    db::fts::{Property, Term, Word, words},
    emoji::shortcodes,
};

/// Maximum number of characters that are parsed. The rest is ignored.
const MAX_CHARS: usize = 1_000;
/// Maximum number of terms, and of words in all terms together, including file names. More would make a search slow.
const MAX_TERMS: usize = 16;
const MAX_WORDS: usize = 64;
/// Maximum number of filters of each kind, and of notes.
const MAX_FILTERS: usize = 8;
const MAX_NOTES: usize = 4;
const TOO_LONG: &str = "That’s a long search. Only the first part is used.";

/// Parsed query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    pub terms: Vec<Term>,
    /// Filters by author.
    pub from: Vec<NameFilter>,
    /// Filters by room.
    pub rooms: Vec<NameFilter>,
    /// Properties that messages must have (`true`) or must not have (`false`).
    pub has: Vec<(Property, bool)>,
    /// Filters by file name.
    pub file_names: Vec<Term>,
    pub dates: Vec<DateFilter>,
    /// Notes for the user about parts of the query that were ignored or interpreted differently.
    pub notes: Vec<String>,
}

/// Filter by the name of a user or room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameFilter {
    pub name: String,
    /// `false` to exclude matching messages.
    pub wanted: bool,
}

impl SearchQuery {
    /// Parses a query. Shortcodes such as `:tada:` are replaced with their emoji.
    pub fn parse(text: &str) -> SearchQuery {
        let mut query = SearchQuery::default();
        let end = text.char_indices().nth(MAX_CHARS).map(|(at, _)| at);
        if end.is_some() {
            query.note(TOO_LONG.into());
        }
        let text = shortcodes::expand(&text[..end.unwrap_or(text.len())]);
        let mut rest = &*text;
        while !rest.is_empty() {
            let (chunk, after) = chunk(rest);
            query.add(&chunk);
            rest = after;
        }
        query
    }

    /// Returns whether there are neither words nor filters.
    pub fn is_empty(&self) -> bool {
        let names = self.from.is_empty() && self.rooms.is_empty();
        let files = self.has.is_empty() && self.file_names.is_empty();
        names && files && self.terms.is_empty() && self.dates.is_empty()
    }

    /// Adds a note, unless it's a duplicate or there are too many.
    fn note(&mut self, note: String) {
        if self.notes.len() < MAX_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn add(&mut self, chunk: &Chunk) {
        if !chunk.exact && self.add_filter(chunk) {
            return;
        }
        let words = match chunk.operator {
            Some(_) if !chunk.exact => words(&chunk.all),
            _ => words(chunk.text),
        };
        if let Some(note) = note::about(chunk, &words) {
            self.note(note);
        }
        let words = self.fitting(words);
        if !words.is_empty() {
            self.terms.push(Term {
                words,
                exact: chunk.exact,
                wanted: chunk.wanted,
            });
        }
    }

    /// Returns the words of a new term that are within the limits. Adds a note if not all are.
    fn fitting(&mut self, mut words: Vec<Word>) -> Vec<Word> {
        let terms = self.terms.iter().chain(&self.file_names);
        let (count, taken) = terms.fold((0, 0), |(count, taken), term| {
            (count + 1, taken + term.words.len())
        });
        let left = if count < MAX_TERMS {
            MAX_WORDS - taken
        } else {
            0
        };
        if words.len() > left {
            self.note(TOO_LONG.into());
        }
        words.truncate(left);
        words
    }

    /// Adds a filter if the chunk is an operator with a valid value. Returns whether it is.
    fn add_filter(&mut self, chunk: &Chunk) -> bool {
        let (Some(operator), wanted) = (chunk.operator, chunk.wanted) else {
            return false;
        };
        let name = chunk.text.trim();
        let names = match operator {
            "from" => &mut self.from,
            "in" => &mut self.rooms,
            "has" => return self.add_property(name, wanted),
            "filename" => return self.add_file_name(chunk),
            "before" | "after" | "on" => {
                let filter = DateRange::parse(name)
                    .filter(|_| wanted)
                    .map(match operator {
                        "before" => DateFilter::Before,
                        "after" => DateFilter::After,
                        _ => DateFilter::On,
                    });
                let few = self.dates.len() < MAX_FILTERS;
                self.dates.extend(filter.filter(|_| few));
                return filter.is_some();
            }
            _ => return false,
        };
        if !name.is_empty() && names.len() < MAX_FILTERS {
            let name = name.to_owned();
            names.push(NameFilter { name, wanted });
        }
        !name.is_empty()
    }

    fn add_property(&mut self, name: &str, wanted: bool) -> bool {
        let Some(property) = property(name) else {
            return false;
        };
        self.has.retain(|(other, _)| *other != property); // the last one wins
        self.has.push((property, wanted));
        true
    }

    fn add_file_name(&mut self, chunk: &Chunk) -> bool {
        let words = words(chunk.text);
        if words.is_empty() {
            return false;
        }
        if let Some(note) = note::about_words(chunk, &words) {
            self.note(note);
        }
        let words = self.fitting(words);
        if !words.is_empty() {
            self.file_names.push(Term {
                words,
                exact: false,
                wanted: chunk.wanted,
            });
        }
        true
    }
}

/// Parses the value of `has:`.
fn property(name: &str) -> Option<Property> {
    Some(match &*name.to_lowercase() {
        "link" | "links" => Property::Link,
        "file" | "files" | "attachment" => Property::File,
        "image" | "images" | "picture" | "photo" => Property::Image,
        "video" | "videos" => Property::Video,
        "audio" | "sound" => Property::Audio,
        _ => return None,
    })
}

/// Part of a query: a word, a phrase or an operator with its value.
struct Chunk<'a> {
    /// Name of the operator, if there is one.
    operator: Option<&'static str>,
    /// Text after the operator, without quotation marks.
    text: &'a str,
    /// Operator and text.
    all: String,
    exact: bool,
    wanted: bool,
}

const OPERATORS: [&str; 7] = ["from", "in", "before", "after", "on", "has", "filename"];

/// Splits off the first chunk. Returns it and the rest of the text.
fn chunk(text: &str) -> (Chunk<'_>, &str) {
    let text = text.trim_start();
    let stripped = text.strip_prefix(['-', '\u{2212}']);
    let negated =
        stripped.filter(|rest| rest.starts_with(|c: char| !c.is_whitespace() && c != '-'));
    let (wanted, text) = (negated.is_none(), negated.unwrap_or(text));
    let operator = OPERATORS.into_iter().find(|name| {
        let start = text.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
            && text[name.len()..].starts_with(':')
    });
    let value = &text[operator.map_or(0, |name| name.len() + 1)..];
    let (inside, after, quoted) = match value.strip_prefix(is_quote) {
        Some(inside) => match inside.split_once(is_quote) {
            Some((inside, after)) => (inside, after, true),
            None => (inside, "", true),
        },
        None => {
            let ends = |c: char| c.is_whitespace() || is_quote(c);
            let end = value.find(ends).unwrap_or(value.len());
            (&value[..end], &value[end..], false)
        }
    };
    let chunk = Chunk {
        operator,
        text: inside,
        all: operator.map_or(String::new(), |name| format!("{name}:{inside}")),
        exact: quoted && operator.is_none(),
        wanted,
    };
    (chunk, after)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}
