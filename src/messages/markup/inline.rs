//! Inline text: web addresses, `:shortcodes:` and @names.

use super::{
    MentionToken, PLACEHOLDER, RenderedParts,
    escape::{self, Context},
    links, shortcodes,
};
use crate::messages::{
    mentions,
    text::addresses::{self, TextSpan},
};

/// Mentions in one message; further names stay text.
const MAX_MENTIONS: usize = mentions::MAX;

/// Appends text with its addresses, shortcodes and names.
pub fn push(parts: &mut RenderedParts, text: &str) {
    addresses::each(text, |span| match span {
        TextSpan::Address(url) => match links::Target::parse(url) {
            Some(target) => links::push(parts, &target, url),
            None => words(parts, url, Context::Text),
        },
        TextSpan::Other(text) => words(parts, text, Context::Text),
    });
}

/// Appends the text of a link, which contains no other links and no mentions.
pub fn push_in_link(parts: &mut RenderedParts, text: &str) {
    words(parts, text, Context::Link);
}

fn words(parts: &mut RenderedParts, text: &str, context: Context) {
    let (mut done, mut from) = (0, 0);
    while let Some(at) = text[from..].find(['@', ':']).map(|at| from + at) {
        let rest = &text[at + 1..];
        from = at + 1;
        if text.as_bytes()[at] == b'@' {
            if context == Context::Text
                && parts.names.len() < MAX_MENTIONS
                && !last_char(&text[..at]).is_some_and(char::is_alphanumeric)
                && let Some((name, typed)) = name(rest)
            {
                escape::push(&mut parts.html, &text[done..at], context);
                parts.html.push(PLACEHOLDER);
                parts.names.push(name);
                from += typed;
                done = from;
            }
        } else if let Some((emoji, typed)) = emoji(last_char(&text[done..at]), rest) {
            escape::push(&mut parts.html, &text[done..at], context);
            parts.html.push_str(emoji);
            from += typed;
            done = from;
        }
    }
    escape::push(&mut parts.html, &text[done..], context);
}

fn last_char(text: &str) -> Option<char> {
    text.chars().next_back()
}

/// The name after an @ and its length.
fn name(rest: &str) -> Option<(MentionToken, usize)> {
    let typed = mentions::name(rest);
    Some((MentionToken::parse(typed)?, typed.len()))
}

/// The emoji whose shortcode follows a colon, and the length of the rest of the shortcode. Times
/// (`10:30:45`) and paths (`std::key::Key`) contain no shortcodes.
fn emoji(before: Option<char>, rest: &str) -> Option<(&'static str, usize)> {
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == ':') {
        return None;
    }
    let end = shortcodes::end(rest)?;
    Some((shortcodes::emoji(&rest[..end])?, end + 1))
}
