//! What people type, as a query. Any text is one: what is no operator is words, and what is nothing is left out.
//!
//! `word` finds words that begin so, `"some words"` exactly these in this order, `-word` leaves messages with it out.
//! `from:`, `in:`, `before:`, `after:`, `on:` and `has:link` say where to look; with a `-` before, where not to.

use jiff::{ToSpan, civil::Date};

use crate::db::fts::{Word, words};

/// Characters that are looked at; the rest is not.
const MOST_CHARS: usize = 1_000;
/// Terms, and words in all of them. More would make a search slow, and find nothing.
const MOST_TERMS: usize = 16;
const MOST_WORDS: usize = 64;
/// Names of people and rooms of each kind.
const MOST_NAMES: usize = 8;

/// A search as it was meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub terms: Vec<Term>,
    /// Whose messages.
    pub from: Vec<Name>,
    /// In which rooms.
    pub rooms: Vec<Name>,
    /// With a link, or without.
    pub link: Option<bool>,
    pub days: Vec<Bound>,
}

/// Something to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// At least one.
    pub words: Vec<Word>,
    /// Exactly these.
    pub exact: bool,
    /// Or to be left out.
    pub wanted: bool,
}

/// A person or a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub name: String,
    pub wanted: bool,
}

/// A limit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Before(When),
    After(When),
    On(When),
}

/// Some days where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From one day until before another.
    Days(Date, Date),
    DaysAgo(i8),
}

impl Query {
    /// Reads a text.
    pub fn parse(text: &str) -> Query {
        let mut query = Query::default();
        let end = text.char_indices().nth(MOST_CHARS).map(|(at, _)| at);
        let mut rest = &text[..end.unwrap_or(text.len())];
        while !rest.is_empty() {
            let (chunk, after) = chunk(rest);
            query.take(&chunk);
            rest = after;
        }
        query
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Query::default()
    }

    fn take(&mut self, chunk: &Chunk) {
        if !chunk.exact && self.is_operator(chunk) {
            return;
        }
        let mut words = match chunk.operator {
            Some(_) if !chunk.exact => words(&chunk.all),
            _ => words(chunk.text),
        };
        let taken: usize = self.terms.iter().map(|term| term.words.len()).sum();
        words.truncate(MOST_WORDS - taken);
        if !words.is_empty() && self.terms.len() < MOST_TERMS {
            self.terms.push(Term {
                words,
                exact: chunk.exact,
                wanted: chunk.wanted,
            });
        }
    }

    /// Takes it, if it is an operator with something that it can mean.
    fn is_operator(&mut self, chunk: &Chunk) -> bool {
        let (Some(operator), wanted) = (chunk.operator, chunk.wanted) else {
            return false;
        };
        let name = chunk.text.trim();
        let names = match operator {
            "from" => &mut self.from,
            "in" => &mut self.rooms,
            "has" if ["link", "links"].contains(&&*name.to_lowercase()) => {
                self.link = Some(wanted);
                return true;
            }
            "before" | "after" | "on" => {
                let bound = When::parse(name).filter(|_| wanted).map(match operator {
                    "before" => Bound::Before,
                    "after" => Bound::After,
                    _ => Bound::On,
                });
                let few = self.days.len() < MOST_NAMES;
                self.days.extend(bound.filter(|_| few));
                return bound.is_some();
            }
            _ => return false,
        };
        if !name.is_empty() && names.len() < MOST_NAMES {
            let name = name.to_owned();
            names.push(Name { name, wanted });
        }
        !name.is_empty()
    }
}

/// A part of the text between blanks or in quotation marks.
struct Chunk<'a> {
    /// In small letters, if it begins with one.
    operator: Option<&'static str>,
    /// What follows the operator.
    text: &'a str,
    /// Operator and text.
    all: String,
    exact: bool,
    wanted: bool,
}

const OPERATORS: [&str; 6] = ["from", "in", "before", "after", "on", "has"];

/// The first part of a text, and what comes after it.
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

impl When {
    /// A day, a month or a year, `2026-11-20`, `2026-11`, `2026`; `today` or `yesterday`.
    fn parse(text: &str) -> Option<When> {
        match &*text.to_lowercase() {
            "today" => return Some(When::DaysAgo(0)),
            "yesterday" => return Some(When::DaysAgo(1)),
            _ => {}
        }
        let numbers = text.split('-').map(|part| match part.len() {
            1..=4 if part.bytes().all(|b| b.is_ascii_digit()) => part.parse::<i16>().ok(),
            _ => None,
        });
        let numbers: Vec<i16> = numbers.collect::<Option<_>>()?;
        let small = |number: i16| i8::try_from(number).ok();
        let (first, span) = match numbers[..] {
            [year, month, day] => (Date::new(year, small(month)?, small(day)?), 1.day()),
            [year, month] => (Date::new(year, small(month)?, 1), 1.month()),
            [year] if year >= 1000 => (Date::new(year, 1, 1), 1.year()),
            _ => return None,
        };
        let first = first.ok()?;
        Some(When::Days(first, first.checked_add(span).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A query as one line: `*` stands after a beginning.
    fn shown(text: &str) -> String {
        let query = Query::parse(text);
        let mut parts = Vec::new();
        for term in &query.terms {
            let words: Vec<&str> = term.words.iter().map(|word| &*word.folded).collect();
            let sign = if term.wanted { "" } else { "-" };
            let end = if term.exact { "" } else { "*" };
            parts.push(format!("{sign}{}{end}", words.join("+")));
        }
        let names = [("from", &query.from), ("in", &query.rooms)];
        for (kind, names) in names {
            for Name { name, wanted } in names {
                let sign = if *wanted { "" } else { "-" };
                parts.push(format!("{sign}{kind}({name})"));
            }
        }
        parts.extend(query.link.map(|link| format!("link({link})")));
        for bound in &query.days {
            let (name, when) = match bound {
                Bound::Before(when) => ("before", when),
                Bound::After(when) => ("after", when),
                Bound::On(when) => ("on", when),
            };
            parts.push(match when {
                When::Days(from, to) => format!("{name}({from},{to})"),
                When::DaysAgo(days) => format!("{name}({days})"),
            });
        }
        parts.join(" ")
    }

    #[test]
    fn words_phrases_and_operators_are_told_apart() {
        for (text, expected) in [
            ("Design team", "design* team*"),
            ("\"Design team\" now", "design+team now*"),
            ("“Design team”", "design+team"),
            ("-draft -\"old one\"", "-draft* -old+one"),
            ("from:Ada in:lobby", "from(Ada) in(lobby)"),
            ("FROM:@ada -in:\"big room\"", "from(@ada) -in(big room)"),
            ("in:“big room” x", "x* in(big room)"),
            ("has:link -has:links", "link(false)"),
            ("before:2026-11-20", "before(2026-11-20,2026-11-21)"),
            (
                "after:2026-12 on:2024",
                "after(2026-12-01,2027-01-01) on(2024-01-01,2025-01-01)",
            ),
            ("on:yesterday after:TODAY", "on(1) after(0)"),
            ("https://example.com/a?b=c#d", "https+example+com+a+b+c+d*"),
            ("北京abc", "北+京+abc*"),
            ("Café*", "cafe*"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_odd_is_words_or_nothing() {
        for (text, expected) in [
            ("", ""),
            ("   ", ""),
            ("\"", ""),
            ("\"\"", ""),
            ("\"unbalanced quote", "unbalanced+quote"),
            ("a\"b\"c", "a* b c*"),
            ("- -- --- -", ""),
            ("--x", "x*"),
            ("* ^ ( ) { } + ~ : ! ?", ""),
            ("AND OR NOT NEAR(a b, 3)", "and* or* not* near+a* b* 3*"),
            ("said:x words:y rowid:1", "said+x* words+y* rowid+1*"),
            ("from: in: before: has:", "from* in* before* has*"),
            ("from:\"\"", "from*"),
            (
                "has:image before:soon on:2026-13 on:2026-02-30",
                "has+image* before+soon* on+2026+13* on+2026+02+30*",
            ),
            ("-before:2026", "-before+2026*"),
            ("on:9999", "on+9999*"),
            ("on:-5 on:1-1-1-1", "on+5* on+1+1+1+1*"),
            ("a\0b \u{1}", "a+b*"),
            ("fro\u{301}m:x", "from+x*"),
            ("🎉", "🎉*"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let query = Query::parse(&"word ".repeat(10_000));
        assert_eq!(query.terms.len(), MOST_TERMS);
        let query = Query::parse(&"a.".repeat(10_000));
        assert_eq!(
            (query.terms.len(), query.terms[0].words.len()),
            (1, MOST_WORDS)
        );
        let query = Query::parse(&"from:a in:b on:today ".repeat(500));
        assert_eq!(
            (query.from.len(), query.rooms.len(), query.days.len()),
            (8, 8, 8)
        );
    }
}
