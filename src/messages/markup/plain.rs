//! Texts without marks: paragraphs, line ends, and what words have in them.

use super::{
    Draft,
    escape::{self, Place},
    inline,
};

const OUTER: &str = "<p dir=\"auto\">";

/// Whether no mark can be in a text, so that it need not be parsed.
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

/// A text as paragraphs.
pub fn write(text: &str) -> Draft {
    let html = String::with_capacity(text.len() + 64);
    let mut draft = Draft {
        html,
        ..Draft::default()
    };
    let count = paragraphs(&mut draft, text, true);
    if count == 1 {
        alone(&mut draft);
    }
    draft
}

/// The only paragraph has the direction that the message finds by itself.
pub fn alone(draft: &mut Draft) {
    if draft.html.starts_with(OUTER) {
        draft.html.replace_range("<p".len()..OUTER.len() - 1, "");
    }
}

/// Appends paragraphs and says how many they were.
pub fn paragraphs(draft: &mut Draft, text: &str, outer: bool) -> usize {
    let (mut count, mut open) = (0, false);
    for line in text.split('\n') {
        let line = line.trim_end_matches([' ', '\t']);
        match (line.is_empty(), open) {
            (true, true) => {
                draft.html.push_str("</p>");
                open = false;
            }
            (true, false) => {}
            (false, _) => {
                draft.html.push_str(match (open, outer) {
                    (true, _) => "<br>",
                    (false, true) => OUTER,
                    (false, false) => "<p>",
                });
                count += usize::from(!open);
                open = true;
                inline::push(draft, line);
            }
        }
    }
    if open {
        draft.html.push_str("</p>");
    }
    count
}

/// A text in one paragraph, with nothing in it but line ends.
pub fn unlinked(text: &str) -> Draft {
    let mut draft = Draft::default();
    draft.html.push_str("<p>");
    escape::push(&mut draft.html, text, Place::Text);
    draft.html.push_str("</p>");
    draft
}
