//! Text without Markdown: paragraphs, line ends and inline text.

use super::{
    RenderedParts,
    escape::{self, Context},
    inline,
};
use crate::emoji::CustomEmojis;

const OUTER: &str = "<p dir=\"auto\">";

/// Whether a text contains no Markdown, so that the parser can be skipped.
pub fn is_plain(text: &str) -> bool {
    let is_mark = |b: u8| matches!(b, b'*' | b'_' | b'~' | b'`' | b'[' | b'\\' | b'<');
    !text.bytes().any(is_mark) && text.split('\n').all(begins_plain)
}

fn begins_plain(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    match line.bytes().next() {
        Some(b'>' | b'-' | b'+' | b'#' | b'=') => false,
        Some(b'0'..=b'9') => {
            let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
            !rest.starts_with(['.', ')'])
        }
        _ => true,
    }
}

/// Renders a text as paragraphs.
pub fn write(text: &str, emoji: &CustomEmojis) -> RenderedParts {
    let html = String::with_capacity(text.len() + 64);
    let mut parts = RenderedParts {
        html,
        emoji: emoji.clone(),
        ..RenderedParts::default()
    };
    let count = paragraphs(&mut parts, text, true);
    if count == 1 {
        drop_direction(&mut parts);
    }
    parts
}

/// Removes `dir` from a single paragraph: the element around the message has it.
pub fn drop_direction(parts: &mut RenderedParts) {
    if parts.html.starts_with(OUTER) {
        parts.html.replace_range("<p".len()..OUTER.len() - 1, "");
    }
}

/// Appends paragraphs and returns their number.
pub fn paragraphs(parts: &mut RenderedParts, text: &str, outer: bool) -> usize {
    let (mut count, mut open) = (0, false);
    for line in text.split('\n') {
        let line = line.trim_end_matches([' ', '\t']);
        match (line.is_empty(), open) {
            (true, true) => {
                parts.html.push_str("</p>");
                open = false;
            }
            (true, false) => {}
            (false, _) => {
                parts.html.push_str(match (open, outer) {
                    (true, _) => "<br>",
                    (false, true) => OUTER,
                    (false, false) => "<p>",
                });
                count += usize::from(!open);
                open = true;
                inline::push(parts, line);
            }
        }
    }
    if open {
        parts.html.push_str("</p>");
    }
    count
}

/// Renders a text as one paragraph, without links, names or shortcodes.
pub fn literal(text: &str) -> RenderedParts {
    let mut parts = RenderedParts::default();
    parts.html.push_str("<p>");
    escape::push(&mut parts.html, text, Context::Text);
    parts.html.push_str("</p>");
    parts
}
