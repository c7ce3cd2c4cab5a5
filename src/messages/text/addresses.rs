//! Finds the web addresses in a text.

use linkify::{LinkFinder, LinkKind};

use super::is_blank;

/// A section of a text.
pub enum TextSpan<'a> {
    /// A web address.
    Address(&'a str),
    /// Text between addresses.
    Other(&'a str),
}

/// Splits a text into sections, in order. Joined, they are the text.
pub fn each<'a>(text: &'a str, mut take: impl FnMut(TextSpan<'a>)) {
    if !text.contains("://") {
        return take(TextSpan::Other(text));
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    // Chinese and Japanese have no spaces, so their punctuation ends an address.
    for part in text.split_inclusive(is_wide_punctuation) {
        let words = part.trim_end_matches(is_wide_punctuation);
        for span in finder.spans(words) {
            let found = span.as_str();
            match span.kind().map(|_| without_emphasis(found)) {
                Some(url) if is_web(url) => {
                    take(TextSpan::Address(url));
                    take(TextSpan::Other(&found[url.len()..]));
                }
                _ => take(TextSpan::Other(found)),
            }
        }
        take(TextSpan::Other(&part[words.len()..]));
    }
}

/// Whether a URL has the scheme http or https and no invisible characters.
pub fn is_web(url: &str) -> bool {
    let starts = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    (starts("http://") || starts("https://")) && !url.chars().any(is_blank)
}

/// Cuts the closing characters of `_emphasis_` and `~~strikethrough~~` off an address.
fn without_emphasis(url: &str) -> &str {
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
