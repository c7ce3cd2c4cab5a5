//! The query language. Any text is a valid query: text that is no operator is a list of words, and signs are ignored.
//!
//! `word` matches words with this prefix, `"some words"` these whole words in this order, and `-word` excludes
//! messages. `from:`, `in:`, `before:`, `after:`, `on:`, `has:` and `filename:` restrict the search; `-from:`, `-in:`,
//! `-has:` and `-filename:` restrict it to the other messages.

mod dates;
mod note;
#[cfg(test)]
mod tests;

pub use dates::{DateFilter, DateRange};

use crate::{
    db::fts::{Property, Term, words},
    emoji::shortcodes,
};

/// Characters that are parsed. Further ones are ignored.
const MAX_CHARS: usize = 1_000;
/// Terms, and words in all terms together. More would make a search slow without a result.
const MAX_TERMS: usize = 16;
const MAX_WORDS: usize = 64;
/// Filters of each kind.
const MAX_FILTERS: usize = 8;
const MAX_NOTES: usize = 4;
const TOO_LONG: &str = "That’s a long search: only its first part counts.";

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    pub terms: Vec<Term>,
    /// Authors.
    pub from: Vec<NameFilter>,
    /// Rooms.
    pub rooms: Vec<NameFilter>,
    /// What messages have besides words, such as a link, or do not have.
    pub has: Vec<(Property, bool)>,
    /// Words of the name of one file.
    pub file_names: Vec<Term>,
    pub dates: Vec<DateFilter>,
    /// Sentences about parts of the text that are not searched, or not as they look.
    pub notes: Vec<String>,
}

/// The name of a user or a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameFilter {
    pub name: String,
    /// False to exclude its messages.
    pub wanted: bool,
}

impl SearchQuery {
    /// Parses a text. Shortcodes such as `:tada:` stand for their emoji.
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

    /// Whether it contains neither words nor filters.
    pub fn is_empty(&self) -> bool {
        let names = self.from.is_empty() && self.rooms.is_empty();
        let files = self.has.is_empty() && self.file_names.is_empty();
        names && files && self.terms.is_empty() && self.dates.is_empty()
    }

    /// Adds a sentence, once, unless there are many.
    fn note(&mut self, note: String) {
        if self.notes.len() < MAX_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn add(&mut self, chunk: &Chunk) {
        if !chunk.exact && self.add_filter(chunk) {
            return;
        }
        let mut words = match chunk.operator {
            Some(_) if !chunk.exact => words(&chunk.all),
            _ => words(chunk.text),
        };
        if let Some(note) = note::about(chunk, &words) {
            self.note(note);
        }
        let taken: usize = self.terms.iter().map(|term| term.words.len()).sum();
        if words.len() > MAX_WORDS - taken || self.terms.len() == MAX_TERMS && !words.is_empty() {
            self.note(TOO_LONG.into());
        }
        words.truncate(MAX_WORDS - taken);
        if !words.is_empty() && self.terms.len() < MAX_TERMS {
            self.terms.push(Term {
                words,
                exact: chunk.exact,
                wanted: chunk.wanted,
            });
        }
    }

    /// Adds a filter, if the chunk is an operator with a valid value. Returns whether it is.
    fn add_filter(&mut self, chunk: &Chunk) -> bool {
        let (Some(operator), wanted) = (chunk.operator, chunk.wanted) else {
            return false;
        };
        let name = chunk.text.trim();
        let names = match operator {
            "from" => &mut self.from,
            "in" => &mut self.rooms,
            "has" => return self.add_property(name, wanted),
            "filename" => return self.add_file_name(name, wanted),
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
        self.has.retain(|(other, _)| *other != property); // the last one counts
        self.has.push((property, wanted));
        true
    }

    fn add_file_name(&mut self, name: &str, wanted: bool) -> bool {
        let mut words = words(name);
        words.truncate(MAX_WORDS);
        let is_name = !words.is_empty();
        if is_name && self.file_names.len() < MAX_FILTERS {
            self.file_names.push(Term {
                words,
                exact: false,
                wanted,
            });
        }
        is_name
    }
}

/// The property that `has:` names.
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

/// A part of the text between blanks or in quotation marks.
struct Chunk<'a> {
    /// The operator in lower case, if the part begins with one.
    operator: Option<&'static str>,
    /// The text after the operator.
    text: &'a str,
    /// The operator and the text.
    all: String,
    exact: bool,
    wanted: bool,
}

const OPERATORS: [&str; 7] = ["from", "in", "before", "after", "on", "has", "filename"];

/// Splits a text after its first part.
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
