//! Text as HTML, written exactly as a browser would write it out again.

/// Where a text is put.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Between tags; a line end is a `<br>`.
    Text,
    /// In a link: nothing may turn the direction of what is there.
    Link,
    /// In code: line ends stay, and nothing turns it round, so that it reads as it runs.
    Code,
    /// Between double quotes.
    Attribute,
}

/// Appends a text.
pub fn push(out: &mut String, text: &str, place: Place) {
    let mut done = 0;
    for (at, found) in text.match_indices(is_special) {
        let with = match found {
            "&" => "&amp;",
            "<" => "&lt;",
            ">" => "&gt;",
            "\u{A0}" => "&nbsp;",
            "\"" if place == Place::Attribute => "&quot;",
            "\n" if matches!(place, Place::Text | Place::Link) => "<br>",
            "\"" | "\n" => continue,
            _ if place == Place::Attribute || (place == Place::Text && !is_override(found)) => {
                continue;
            }
            _ => "",
        };
        out.push_str(&text[done..at]);
        out.push_str(with);
        done = at + found.len();
    }
    out.push_str(&text[done..]);
}

fn is_special(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '"' | '\n' | '\u{A0}') || is_turning(c)
}

/// The characters that embed, isolate or override a direction (UAX 9). They show nothing themselves.
pub fn is_turning(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// These write a text backwards; no language needs them.
fn is_override(found: &str) -> bool {
    matches!(found, "\u{202D}" | "\u{202E}")
}
