//! Words between marks: addresses, `:shortcodes:` and @names.

use super::{
    Draft, NAME, Name,
    escape::{self, Place},
    links, shortcodes,
};
use crate::messages::{
    mentions,
    text::addresses::{self, Span},
};

/// The names in one message that take effect; more are text.
const MOST_NAMES: usize = mentions::MOST;

/// Appends words with all that they may have in them.
pub fn push(draft: &mut Draft, text: &str) {
    addresses::each(text, |span| match span {
        Span::Address(url) => match links::Target::parse(url) {
            Some(target) => links::push(draft, &target, url),
            None => words(draft, url, Place::Text),
        },
        Span::Other(text) => words(draft, text, Place::Text),
    });
}

/// Appends the words of a link: no other links, and nobody is called there.
pub fn push_in_link(draft: &mut Draft, text: &str) {
    words(draft, text, Place::Link);
}

fn words(draft: &mut Draft, text: &str, place: Place) {
    let (mut done, mut from) = (0, 0);
    while let Some(at) = text[from..].find(['@', ':']).map(|at| from + at) {
        let rest = &text[at + 1..];
        from = at + 1;
        if text.as_bytes()[at] == b'@' {
            if place == Place::Text
                && draft.names.len() < MOST_NAMES
                && !ends(&text[..at]).is_some_and(char::is_alphanumeric)
                && let Some((name, typed)) = name(rest)
            {
                escape::push(&mut draft.html, &text[done..at], place);
                draft.html.push(NAME);
                draft.names.push(name);
                from += typed;
                done = from;
            }
        } else if let Some((emoji, typed)) = emoji(ends(&text[done..at]), rest) {
            escape::push(&mut draft.html, &text[done..at], place);
            draft.html.push_str(emoji);
            from += typed;
            done = from;
        }
    }
    escape::push(&mut draft.html, &text[done..], place);
}

fn ends(text: &str) -> Option<char> {
    text.chars().next_back()
}

/// The name after an @, and its length.
fn name(rest: &str) -> Option<(Name, usize)> {
    let typed = mentions::name(rest);
    Some((Name::parse(typed)?, typed.len()))
}

/// The emoji whose shortcode begins after a colon, and the length of what is left of it. A time
/// (`10:30:45`) and a path (`std::key::Key`) have none.
fn emoji(before: Option<char>, rest: &str) -> Option<(&'static str, usize)> {
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == ':') {
        return None;
    }
    let end = shortcodes::end(rest)?;
    Some((shortcodes::emoji(&rest[..end])?, end + 1))
}
