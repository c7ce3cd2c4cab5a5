//! Finds the web addresses in a text.

use linkify::{LinkFinder, LinkKind};

use super::is_blank;

/// A part of a text.
pub enum Span<'a> {
    /// An address that becomes a link.
    Address(&'a str),
    /// What stands between addresses.
    Other(&'a str),
}

/// Takes a text apart, in order and with nothing left out.
pub fn each<'a>(text: &'a str, mut take: impl FnMut(Span<'a>)) {
    if !text.contains("://") {
        return take(Span::Other(text));
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    // Between words of Chinese or Japanese, only their own punctuation ends an address.
    for part in text.split_inclusive(is_wide_punctuation) {
        let words = part.trim_end_matches(is_wide_punctuation);
        for span in finder.spans(words) {
            let found = span.as_str();
            match span.kind().map(|_| without_marks(found)) {
                Some(url) if is_web(url) => {
                    take(Span::Address(url));
                    take(Span::Other(&found[url.len()..]));
                }
                _ => take(Span::Other(found)),
            }
        }
        take(Span::Other(&part[words.len()..]));
    }
}

/// Only these schemes become links, nothing that could run; and only if all of it can be seen.
pub fn is_web(url: &str) -> bool {
    let starts = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    (starts("http://") || starts("https://")) && !url.chars().any(is_blank)
}

/// An address in `_emphasis_` or ~~struck out~~ ends before the marks.
fn without_marks(url: &str) -> &str {
    let url = url.trim_end_matches(['_', '*']);
    match url.trim_end_matches('~') {
        struck if url.len() - struck.len() >= 2 => struck,
        _ => url,
    }
}

fn is_wide_punctuation(c: char) -> bool {
    matches!(
        c,
        '…' | '、'..='】' | '！' | '（' | '）' | '，' | '：' | '；' | '？'
    )
}
