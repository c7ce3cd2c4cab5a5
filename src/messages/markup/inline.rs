//! Inline text: addresses, `:shortcodes:` and @names.

use super::{
    PLACEHOLDER, RenderedParts, custom_emoji,
    escape::{self, Context},
    links,
    mention::MentionToken,
};
use crate::{
    emoji::shortcodes,
    messages::{
        mentions,
        text::addresses::{self, TextSpan},
    },
};

/// Mentions in one message; further names stay text.
const MAX_MENTIONS: usize = mentions::MAX;

/// Appends text with its addresses, shortcodes and names.
pub fn push(parts: &mut RenderedParts, text: &str) {
    addresses::each(text, |span| match span {
        TextSpan::Address(typed) => match links::Target::parse(&links::href(typed)) {
            Some(target) => links::push(parts, &target, typed),
            None => words(parts, typed, Context::Text),
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
    while let Some(at) = text[from..].find(is_mark).map(|at| from + at) {
        let Some(mark) = text[at..].chars().next() else {
            break;
        };
        let rest = &text[at + mark.len_utf8()..];
        from = at + mark.len_utf8();
        let before = &text[done..at];
        let escapes = before.len() - before.trim_end_matches('\\').len();
        let is_escaped = escapes % 2 == 1;
        if mark != ':' {
            if context == Context::Text
                && !parts.is_quoted
                && parts.names.len() < MAX_MENTIONS
                && mentions::may_follow(last_char(&text[..at]))
                && let Some(name) = MentionToken::parse(mark, mentions::name(rest), is_escaped)
            {
                let start = at - usize::from(is_escaped);
                escape::push(&mut parts.html, &text[done..start], context);
                parts.html.push(PLACEHOLDER);
                from += mentions::name(rest).len();
                parts.names.push(name);
                done = from;
            }
        } else if let Some((emoji, typed)) = shortcodes::after_colon(last_char(before), rest) {
            let start = at - usize::from(is_escaped);
            escape::push(&mut parts.html, &text[done..start], context);
            match is_escaped {
                true => escape::push(&mut parts.html, &text[at..from + typed], context),
                false => parts.html.push_str(emoji),
            }
            from += typed;
            done = from;
        } else if context == Context::Text
            && let Some(name) = custom_emoji::named(parts, last_char(before), rest)
        {
            let start = at - usize::from(is_escaped);
            escape::push(&mut parts.html, &text[done..start], context);
            let end = from + name.len() + 1;
            match is_escaped {
                true => escape::push(&mut parts.html, &text[at..end], context),
                false => custom_emoji::push(parts, name),
            }
            from = end;
            done = from;
        }
    }
    escape::push(&mut parts.html, &text[done..], context);
}

fn is_mark(c: char) -> bool {
    c == ':' || mentions::MARKS.contains(&c)
}

fn last_char(text: &str) -> Option<char> {
    text.chars().next_back()
}
