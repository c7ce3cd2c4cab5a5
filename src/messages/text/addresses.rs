//! Finds the web and mail addresses in a text, in linear time.
//!
//! An address ends where a user would say that it ends: before spaces, invisible characters, and the quotes, brackets
//! and punctuation of any script that do not belong to it.

mod end;

use super::{is_blank, open_marks::OpenMarks, scripts::is_unspaced};
use end::Authority;

/// The longest name before the @ of a mail address (bytes, RFC 5321).
const MAX_LOCAL: usize = 64;

/// A section of a text.
pub enum TextSpan<'a> {
    /// A web or mail address, with or without a scheme.
    Address(&'a str),
    /// Text between addresses.
    Other(&'a str),
}

/// The start of a possible address.
#[derive(Clone, Copy)]
enum Start {
    /// `http://` or `https://`, with the index of the host.
    Web { start: usize, host: usize },
    /// `www.`
    Www { start: usize },
    /// `mailto:`, with the index of the name after it.
    Mailto { start: usize, name: usize },
    /// A mail address, with the index of the host.
    Mailbox { start: usize, host: usize },
}

/// Splits a text into sections, in order. Joined, they are the text.
pub fn each<'a>(text: &'a str, mut take: impl FnMut(TextSpan<'a>)) {
    let (mut done, mut read, mut from) = (0, 0, 0);
    let (mut open, mut authority) = (OpenMarks::default(), Authority::default());
    if !text.contains(['@', ':', '.']) {
        return take(TextSpan::Other(text));
    }
    while let Some(at) = text[from..].find([':', '@', '.']).map(|at| from + at) {
        from = at + 1;
        let Some(found) = Start::find(text, done, at) else {
            if text[at..].starts_with("://") {
                // Another scheme: no part of its address is an address.
                from = end_of_word(text, at);
            }
            continue;
        };
        let start = found.start();
        open.read(text, read..start);
        read = start;
        match found.end(text, open, &mut authority) {
            Some(end) => {
                if start > done {
                    take(TextSpan::Other(&text[done..start]));
                }
                take(TextSpan::Address(&text[start..end]));
                (done, read, from) = (end, end, end);
            }
            None if matches!(found, Start::Web { .. }) => from = end_of_word(text, at),
            None => {}
        }
    }
    if done < text.len() || text.is_empty() {
        take(TextSpan::Other(&text[done..]));
    }
}

/// Whether a URL has the scheme http or https and no invisible characters.
pub fn is_web(url: &str) -> bool {
    (starts_with(url, "http://") || starts_with(url, "https://")) && !url.chars().any(is_blank)
}

/// Whether a text begins with these ASCII characters in any case.
pub fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

impl Start {
    /// The address around the mark at an index, not before `done`.
    fn find(text: &str, done: usize, at: usize) -> Option<Start> {
        let word = |word: &str| {
            let start = at.checked_sub(word.len()).filter(|start| *start >= done)?;
            let before = text.get(..start)?.bytes().next_back();
            let is_whole = !before.is_some_and(|b| b.is_ascii_alphanumeric());
            (is_whole && starts_with(&text[start..], word)).then_some(start)
        };
        match text.as_bytes()[at] {
            b':' if text[at..].starts_with("://") => {
                let start = word("https").or_else(|| word("http"))?;
                Some(Start::Web {
                    start,
                    host: at + 3,
                })
            }
            b':' => word("mailto").map(|start| Start::Mailto {
                start,
                name: at + 1,
            }),
            b'.' => {
                let start = word("www")?;
                let before = text[..start].chars().next_back();
                let joins = |c| matches!(c, '.' | '-' | '@' | '/' | ':' | '\\');
                (!before.is_some_and(joins)).then_some(Start::Www { start })
            }
            _ => Start::mailbox(text, done, at),
        }
    }

    fn mailbox(text: &str, done: usize, at: usize) -> Option<Start> {
        let bytes = text[done..at].bytes().rev();
        let length = bytes
            .take(MAX_LOCAL + 1)
            .take_while(|b| is_local(*b))
            .count();
        let name = text[at - length..at].trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        if name.is_empty() || length > MAX_LOCAL || name.ends_with('.') {
            return None;
        }
        let before = text[..at - length].chars().next_back();
        let joins = |c: char| matches!(c, '@' | '/') || (c.is_alphanumeric() && !is_unspaced(c));
        let start = at - name.len();
        (!before.is_some_and(joins)).then_some(Start::Mailbox {
            start,
            host: at + 1,
        })
    }

    fn start(self) -> usize {
        let (Start::Web { start, .. }
        | Start::Www { start }
        | Start::Mailto { start, .. }
        | Start::Mailbox { start, .. }) = self;
        start
    }

    /// The end of the address; `None` if it is none.
    fn end(self, text: &str, open: OpenMarks, authority: &mut Authority) -> Option<usize> {
        match self {
            Start::Web { start, host } => end::of_web(text, (start, host), open, authority),
            Start::Www { start } => {
                let host = end::host(text, start);
                let is_whole = end::is_domain(&text[start + 4..host]);
                is_whole.then(|| end::of_web(text, (start, start), open, authority))?
            }
            Start::Mailto { name, start } => {
                let bytes = text[name..].bytes();
                let length = bytes
                    .take(MAX_LOCAL + 1)
                    .take_while(|b| is_local(*b))
                    .count();
                let at = name + length;
                let is_name = (1..=MAX_LOCAL).contains(&length) && text[at..].starts_with('@');
                let end = is_name.then(|| end::of_mailbox(text, at + 1))??;
                match text[end..].starts_with('?') {
                    true => Some(end::of_path(text, start, end, open)),
                    false => Some(end),
                }
            }
            Start::Mailbox { host, .. } => end::of_mailbox(text, host),
        }
    }
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte)
}

/// The end of the characters without spaces after an index.
fn end_of_word(text: &str, at: usize) -> usize {
    let end = text[at..].find(char::is_whitespace);
    end.map_or(text.len(), |end| at + end)
}
