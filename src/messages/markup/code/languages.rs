//! What the highlighter knows of each language: how its comments and strings look, and its words.

mod curly;
mod others;

use curly::CURLY;
use others::OTHERS;

/// How a language is read.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Words, strings and comments.
    Words,
    /// Tags and what is between them.
    Tags,
    /// Each line by how it begins.
    Lines(&'static [(&'static str, &'static str)]),
}

/// How a string looks.
#[derive(Clone, Copy)]
pub struct Quote {
    pub open: &'static str,
    pub close: &'static str,
    /// Whether a backslash takes the meaning from the next character.
    pub escapes: bool,
    /// Whether it may have several lines.
    pub long: bool,
}

/// One language, or several that look alike.
#[derive(Clone, Copy)]
pub struct Language {
    /// What people call it after the fence.
    pub names: &'static str,
    pub kind: Kind,
    pub keywords: &'static str,
    pub types: &'static str,
    /// What begins a comment up to the end of the line.
    pub comments: &'static [&'static str],
    /// What begins and ends a longer one.
    pub blocks: &'static [(&'static str, &'static str)],
    /// The longest first.
    pub quotes: &'static [Quote],
    /// What makes the word after it a variable.
    pub sigils: &'static str,
    /// What may be in a word besides letters, digits and _.
    pub joins: &'static str,
    /// What makes the word or string before it a key.
    pub keys: &'static str,
    /// Whether a word in capitals is the same word.
    pub any_case: bool,
}

const fn quote(open: &'static str, close: &'static str, escapes: bool, long: bool) -> Quote {
    Quote {
        open,
        close,
        escapes,
        long,
    }
}

const DOUBLE: Quote = quote("\"", "\"", true, false);
const SINGLE: Quote = quote("'", "'", true, false);
const LITERAL: Quote = quote("'", "'", false, true);
const TICKS: Quote = quote("`", "`", true, true);
const LONG_DOUBLE: Quote = quote("\"\"\"", "\"\"\"", true, true);
const LONG_SINGLE: Quote = quote("'''", "'''", true, true);

const SLASHES: &[(&str, &str)] = &[("/*", "*/")];

/// Like C, with nothing in it yet.
const C: Language = Language {
    names: "",
    kind: Kind::Words,
    keywords: "",
    types: "",
    comments: &["//"],
    blocks: SLASHES,
    quotes: &[DOUBLE, SINGLE],
    sigils: "",
    joins: "",
    keys: "",
    any_case: false,
};
/// Like a shell, with nothing in it yet.
const HASH: Language = Language {
    comments: &["#"],
    blocks: &[],
    ..C
};

/// The language that people call so.
pub fn find(name: &str) -> Option<&'static Language> {
    let is_called = |language: &&Language| {
        let mut names = language.names.split(' ');
        names.any(|one| one.eq_ignore_ascii_case(name))
    };
    CURLY.iter().chain(OTHERS).find(is_called)
}
