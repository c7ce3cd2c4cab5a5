//! HTML escaping, in the same form in which a browser serializes text.

/// The position of a text in the HTML.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Between tags. A line end becomes `<br>`.
    Text,
    /// In a link. Characters that change the text direction are removed.
    Link,
    /// In code. Line ends stay; characters that change the text direction are removed.
    Code,
    /// In an attribute between double quotes.
    Attribute,
}

/// Appends the escaped text.
pub fn push(out: &mut String, text: &str, context: Context) {
    let mut done = 0;
    for (at, found) in text.match_indices(is_special) {
        let with = match found {
            "&" => "&amp;",
            "<" => "&lt;",
            ">" => "&gt;",
            "\u{A0}" => "&nbsp;",
            "\"" if context == Context::Attribute => "&quot;",
            "\n" if matches!(context, Context::Text | Context::Link) => "<br>",
            "\"" | "\n" => continue,
            _ if context == Context::Attribute
                || (context == Context::Text && !is_override(found)) =>
            {
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

/// The invisible characters that embed, isolate or override a text direction (UAX 9).
pub fn is_turning(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Overrides show text backwards. No language needs them.
fn is_override(found: &str) -> bool {
    matches!(found, "\u{202D}" | "\u{202E}")
}
