//! The text of a message: validation, and the type of finished HTML.

#[cfg(test)]
mod tests;

use std::fmt;

use askama::{FastWritable, Values, filters::HtmlSafe};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::web::line_ends::with_line_feeds;

pub use emoji::{is_large, is_one};

pub mod addresses;
mod emoji;
pub mod open_marks;
pub mod scripts;

/// The most characters of a message.
pub const MAX_CHARS: usize = 10_000;

/// A valid message text: lines end in LF, tabs are the only other control characters, at least one character
/// is visible, at most 10,000 characters. Empty if the message has files alone or was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body(String);

/// Finished, safe HTML. Only this module and `markup` create it, so templates print it unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Html(String);

impl Body {
    /// Parses a typed text. The error is a sentence for the user.
    pub fn parse(text: &str) -> Result<Body, &'static str> {
        match Body::parse_optional(text)? {
            body if body.0.is_empty() => Err("Write a message first."),
            body => Ok(body),
        }
    }

    /// Parses a typed text beside files. A blank one is empty.
    pub fn parse_optional(text: &str) -> Result<Body, &'static str> {
        let text = with_line_feeds(text);
        let is_allowed = |c: &char| matches!(c, '\n' | '\t') || !c.is_control();
        let text: String = text.chars().filter(is_allowed).collect();
        if text.chars().all(is_blank) {
            return Ok(Body(String::new()));
        }
        let text = without_leading_blank_lines(text.trim_end());
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err("Messages can be at most 10,000 characters.");
        }
        Ok(Body(text.to_owned()))
    }

    /// Wraps a text that was parsed before it was stored.
    pub fn stored(text: String) -> Body {
        Body(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character is invisible on its own.
pub fn is_blank(c: char) -> bool {
    let is_filler = matches!(c,
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}'
        | '\u{E0100}'..='\u{E01EF}');
    let category = || c.general_category();
    is_filler
        || c.is_whitespace()
        || matches!(
            category(),
            GeneralCategory::Format | GeneralCategory::Unassigned
        )
}

/// Keeps the indentation of the first line that is not blank.
fn without_leading_blank_lines(text: &str) -> &str {
    let indented = text.len() - text.trim_start().len();
    let start = text[..indented].rfind('\n').map_or(0, |end| end + 1);
    &text[start..]
}

impl Html {
    /// Wraps HTML that was rendered before it was stored.
    pub fn stored(html: String) -> Html {
        Html(html)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

impl FastWritable for Html {
    fn write_into(&self, out: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(out.write_str(&self.0)?)
    }
}
