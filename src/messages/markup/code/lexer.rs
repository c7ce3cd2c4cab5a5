//! Takes code apart, roughly: comments, strings, numbers and words. It goes through the code once and
//! never back, so its time is the length of the code.

use super::languages::{Kind, Language, Quote};

/// The longest `${name}`.
const MOST_BRACED: usize = 80;

/// A class for the looks of some code; nothing for the rest.
pub type Class = Option<&'static str>;

/// Hands over the pieces of some code, in order and with nothing left out.
pub fn each<'a>(language: &Language, code: &'a str, mut take: impl FnMut(Class, &'a str)) {
    if let Kind::Lines(starts) = language.kind {
        for line in code.split_inclusive('\n') {
            let found = starts.iter().find(|(start, _)| line.starts_with(start));
            take(found.map(|(_, class)| *class), line);
        }
        return;
    }
    let mut lexer = Lexer {
        language,
        code,
        at: 0,
        in_tag: false,
    };
    while lexer.at < code.len() {
        let (class, length) = lexer.next();
        let end = lexer.at + length.max(1);
        take(class, &code[lexer.at..end]);
        lexer.at = end;
    }
}

struct Lexer<'a> {
    language: &'a Language,
    code: &'a str,
    at: usize,
    in_tag: bool,
}

impl Lexer<'_> {
    /// The class and length of what comes next.
    fn next(&mut self) -> (Class, usize) {
        let rest = &self.code[self.at..];
        if matches!(self.language.kind, Kind::Tags) {
            return self.tag(rest);
        }
        let found = self.comment(rest).or_else(|| self.string(rest));
        found.unwrap_or_else(|| self.word(rest))
    }

    fn before(&self) -> Option<char> {
        self.code[..self.at].chars().next_back()
    }

    fn comment(&self, rest: &str) -> Option<(Class, usize)> {
        for (open, close) in self.language.blocks {
            if let Some(inner) = rest.strip_prefix(open) {
                let end = inner.find(close).map(|end| open.len() + end + close.len());
                return Some((Some("c"), end.unwrap_or(rest.len())));
            }
        }
        // $# and a#b are no comments.
        let follows = |start: &str| {
            let is_apart = self.before().is_none_or(|c| c.is_whitespace() || c == ';');
            rest.starts_with(start) && (start.len() > 1 || is_apart)
        };
        let is_comment = self.language.comments.iter().any(|start| follows(start));
        is_comment.then(|| (Some("c"), rest.find('\n').unwrap_or(rest.len())))
    }

    fn string(&self, rest: &str) -> Option<(Class, usize)> {
        let starts = |quote: &&Quote| rest.starts_with(quote.open);
        let quote = self.language.quotes.iter().find(starts)?;
        let is_rust = self.language.names.starts_with("rust");
        if is_rust && quote.open == "'" {
            return Some(character(rest));
        }
        let in_word = self.before().is_some_and(char::is_alphanumeric);
        if in_word && quote.open.starts_with('r') {
            return None;
        }
        let length = quote.open.len() + quoted(&rest[quote.open.len()..], quote);
        let class = match self.is_key(&rest[length..]) {
            true => "v",
            false => "s",
        };
        Some((Some(class), length))
    }

    fn is_key(&self, after: &str) -> bool {
        let next = after.trim_start_matches([' ', '\t']).chars().next();
        next.is_some_and(|c| self.language.keys.contains(c))
    }

    fn word(&self, rest: &str) -> (Class, usize) {
        let first = rest.chars().next().unwrap_or_default();
        let length = self.word_length(rest);
        if first.is_ascii_digit() {
            return (Some("n"), number_length(rest));
        }
        if length > 0 {
            return (self.class(&rest[..length], &rest[length..]), length);
        }
        if self.language.sigils.contains(first) && !self.before().is_some_and(char::is_alphanumeric)
        {
            return self.variable(rest);
        }
        (None, first.len_utf8())
    }

    fn word_length(&self, rest: &str) -> usize {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || self.language.joins.contains(c);
        let starts = |c: char| c.is_alphanumeric() || c == '_' || (c == '$' && is_part(c));
        match rest.starts_with(starts) {
            true => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            false => 0,
        }
    }

    fn class(&self, word: &str, after: &str) -> Class {
        let is_in = |list: &str| {
            list.split(' ').any(|one| match self.language.any_case {
                true => one.eq_ignore_ascii_case(word),
                false => one == word,
            })
        };
        if is_in(self.language.keywords) {
            return Some("k");
        }
        if is_in(self.language.types) {
            return Some("t");
        }
        if !self.language.keys.is_empty() {
            return self.is_key(after).then_some("v");
        }
        let is_name = word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase);
        if is_name {
            return Some("t");
        }
        after
            .starts_with(['(', '!'])
            .then_some("f")
            .filter(|_| !after.starts_with("!="))
    }

    /// $name, ${name}, @name, #include.
    fn variable(&self, rest: &str) -> (Class, usize) {
        let inner = &rest[1..];
        let mut braced = inner.char_indices().take(MOST_BRACED);
        let end = braced.find(|(_, c)| matches!(c, '}' | '\n'));
        let length = match end {
            Some((end, '}')) if inner.starts_with('{') => end + 1,
            _ => self.word_length(inner),
        };
        match length {
            0 => (None, 1),
            _ => (Some("v"), 1 + length),
        }
    }

    /// HTML and what looks like it.
    fn tag(&mut self, rest: &str) -> (Class, usize) {
        if let Some(inner) = rest.strip_prefix("<!--") {
            return (
                Some("c"),
                inner.find("-->").map_or(rest.len(), |end| end + 7),
            );
        }
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '@' | '.');
        let word = |text: &str| text.find(|c| !is_part(c)).unwrap_or(text.len());
        let first = rest.chars().next().unwrap_or_default();
        match (first, self.in_tag) {
            ('<', _) => {
                let start = 1 + usize::from(rest[1..].starts_with(['/', '!', '?']));
                let length = word(&rest[start..]);
                self.in_tag = length > 0;
                (self.in_tag.then_some("k"), start + length)
            }
            ('>', true) => {
                self.in_tag = false;
                (Some("k"), 1)
            }
            ('"' | '\'', true) => {
                let end = rest[1..].find(first);
                (Some("s"), end.map_or(rest.len(), |end| end + 2))
            }
            (_, true) if word(rest) > 0 => (Some("v"), word(rest)),
            (_, true) => (None, first.len_utf8()),
            ('&', false) => {
                let end = rest.bytes().take(12).position(|b| b == b';');
                (end.map(|_| "n"), end.map_or(1, |end| end + 1))
            }
            (_, false) => (None, rest.find(['<', '&']).unwrap_or(rest.len())),
        }
    }
}

/// A Rust character or lifetime.
fn character(rest: &str) -> (Class, usize) {
    let mut chars = rest.char_indices().skip(1);
    let escaped = chars.next().is_some_and(|(_, c)| c == '\\');
    let mut after = chars.skip(usize::from(escaped));
    match after.find(|(at, c)| *c == '\'' || *at > 12 || !escaped) {
        Some((at, '\'')) => (Some("s"), at + 1),
        _ => (None, 1),
    }
}

/// How much of a text is in a string, with its end.
fn quoted(text: &str, quote: &Quote) -> usize {
    let mut from = 0;
    let stops = |c: char| quote.close.starts_with(c) || c == '\\' || c == '\n';
    while let Some(at) = text[from..].find(stops).map(|at| from + at) {
        let rest = &text[at..];
        if rest.starts_with(quote.close) {
            return at + quote.close.len();
        }
        match rest.as_bytes()[0] {
            b'\n' if !quote.long => return at,
            b'\\' if quote.escapes => {
                let next = rest[1..].chars().next().map_or(0, char::len_utf8);
                // Not over the end of a line, unless the string goes on there.
                let is_end = rest[1..].starts_with('\n') && !quote.long;
                from = at + 1 + if is_end { 0 } else { next };
            }
            _ => from = at + 1,
        }
    }
    text.len()
}

fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_part = |at: usize| {
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        match bytes[at] {
            b'.' => next.is_ascii_digit(),
            b'%' => true,
            b'+' | b'-' => {
                matches!(bytes[at - 1], b'e' | b'E') && next.is_ascii_digit() && bytes[1] != b'x'
            }
            byte => byte.is_ascii_alphanumeric() || byte == b'_',
        }
    };
    (1..bytes.len())
        .find(|at| !is_part(*at))
        .unwrap_or(bytes.len())
}
