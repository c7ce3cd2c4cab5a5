//! Backslashes that prevent Markdown. A backslash before a character that would have been shown anyway is text.
//!
//! The marks that would have worked are found by parsing the text without its backslashes.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{
    links::Target,
    placeholders::{JOINT, unmask},
};

/// Masks the backslashes of a text that are shown as typed. `mask_marks` masks a text without backslashes.
pub fn mask(text: &str, masked: &mut [bool], mask_marks: impl Fn(&str) -> String) {
    if !text.contains('\\') {
        return;
    }
    let bare = text.replace('\\', "");
    let shown = shown_chars(&mask_marks(&bare));
    // The index of the next character of `bare`.
    let mut index = 0;
    let mut run: Option<usize> = None;
    for (at, c) in text.char_indices() {
        if c == '\\' {
            run.get_or_insert(at);
            continue;
        }
        if let Some(start) = run.take() {
            let is_mark = c.is_ascii_punctuation() && !shown.get(index).copied().unwrap_or(true);
            // `inline` reads backslashes before names and shortcodes. The arm of ¯\_(ツ)_/¯ is no escape.
            let stays = matches!(c, '@' | ':') || text[at..].starts_with("_(ツ)");
            if !is_mark || stays {
                masked[start..at].fill(true);
                // After the backslash it must not work either.
                masked[at] |= c.is_ascii_punctuation();
            }
        }
        index += 1;
    }
    if let Some(start) = run {
        masked[start..].fill(true);
    }
}

/// Whether each character of a masked text without backslashes is shown, so that it is no mark.
fn shown_chars(masked: &str) -> Vec<bool> {
    let shown = shown_bytes(masked);
    let chars = masked.char_indices().filter(|(_, c)| *c != JOINT);
    chars.map(|(at, _)| shown[at]).collect()
}

fn shown_bytes(masked: &str) -> Vec<bool> {
    let mut shown = vec![false; masked.len()];
    let mut forbidden: Vec<Range<usize>> = Vec::new();
    let events = Parser::new_ext(masked, Options::ENABLE_STRIKETHROUGH).into_offset_iter();
    for (event, range) in events {
        match event {
            Event::Text(_) | Event::Html(_) | Event::InlineHtml(_) => shown[range].fill(true),
            Event::Code(_) => {
                let typed = &masked[range.clone()];
                let marks = typed.len() - typed.trim_start_matches('`').len();
                shown[range.start + marks..range.end - marks].fill(true);
            }
            Event::Start(Tag::Emphasis) if is_in_word(masked, &range) => {
                shown[range.start] = true;
                shown[range.end - 1] = true;
            }
            Event::Start(Tag::Strong) if is_in_word(masked, &range) => {
                shown[range.start..range.start + 2].fill(true);
                shown[range.end - 2..range.end].fill(true);
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                if Target::parse(&unmask(&dest_url)).is_none() =>
            {
                forbidden.push(range);
            }
            Event::End(TagEnd::Link | TagEnd::Image)
                if forbidden.last().is_some_and(|open| *open == range) =>
            {
                let range = forbidden.pop().unwrap_or_default();
                // Its marks are shown: those at its start and those after its text.
                let length = masked[range.clone()].find('[').map_or(0, |at| at + 1);
                shown[range.start..range.start + length].fill(true);
                let end = shown[range.clone()].iter().rposition(|shown| *shown);
                let end = range.start + end.map_or(length, |end| end + 1);
                shown[end..range.end].fill(true);
            }
            _ => {}
        }
    }
    shown
}

/// Whether a span is within a word or a formula, as in `2*3*4`. Scripts without spaces allow emphasis there.
pub fn is_in_word(source: &str, range: &Range<usize>) -> bool {
    let mut before = source[..range.start].trim_end_matches('*').bytes();
    let mut after = source[range.end..].trim_start_matches('*').bytes();
    let is_word = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric());
    source[range.start..].starts_with('*') && is_word(before.next_back()) && is_word(after.next())
}
