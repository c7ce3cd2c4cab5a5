//! Names of custom emoji.

use super::shortcodes;
use crate::error::{Error, Result};

/// Allowed length of a name in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=32;

/// Valid name of a custom emoji, without colons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmojiName(String);

impl EmojiName {
    /// Parses a typed name. Surrounding colons are removed, and letters are converted to lower case.
    ///
    /// # Errors
    /// `Invalid` if the name is too short, too long, contains other characters, or belongs to a standard emoji.
    pub fn parse(typed: &str) -> Result<EmojiName> {
        let invalid = |why: String| Err(Error::Invalid(why));
        let typed = typed.trim();
        let bare = typed.strip_prefix(':').unwrap_or(typed);
        let name = bare.strip_suffix(':').unwrap_or(bare).to_ascii_lowercase();
        if name.is_empty() {
            return invalid("Enter a name.".into());
        }
        if !is_name(&name) {
            let why = "Use 2 to 32 letters from a to z, numbers, and _ or - (but not at the start or end).";
            return invalid(why.into());
        }
        if let Some(emoji) = shortcodes::emoji(&name) {
            return invalid(format!(
                ":{name}: is already the name of {emoji}. Choose another name."
            ));
        }
        Ok(EmojiName(name))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a text has the form of a custom emoji's name. It can't start or end with `_`, which could be
/// Markdown emphasis.
pub fn is_name(text: &str) -> bool {
    let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    LENGTHS.contains(&text.len())
        && text.bytes().all(is_part)
        && is_end(text.bytes().next())
        && is_end(text.bytes().next_back())
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
}

/// Finds a custom emoji's name after a colon: `rest` must start with the name and a closing colon, and `before` is the
/// character before the first colon. Times (`10:30:45`) and paths (`std::key::Key`) don't match.
pub fn after_colon(before: Option<char>, rest: &str) -> Option<&str> {
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == ':') {
        return None;
    }
    let end = rest.bytes().position(|byte| !is_part(byte))?;
    let name = &rest[..end];
    (rest[end..].starts_with(':') && is_name(name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_numbers_and_two_signs() {
        for (typed, name) in [
            ("party_parrot", "party_parrot"),
            (" :Party-Parrot: ", "party-parrot"),
            ("42", "42"),
            ("a_-b", "a_-b"),
        ] {
            let parsed = EmojiName::parse(typed).expect("a name");
            assert_eq!(parsed.as_str(), name);
        }
        let long = "x".repeat(33);
        for typed in [
            "", ":", "::", "a", &long, "a b", "ä_b", "a:b", "::ab::", "a\"b", "a+b", "ａｂ",
            "a\0b", "_ab", "ab-", "__", "smile", "thumbsup", ":Tada:",
        ] {
            assert!(EmojiName::parse(typed).is_err(), "{typed:?}");
        }
        assert!(EmojiName::parse(&"x".repeat(32)).is_ok());
    }

    #[test]
    fn a_name_ends_at_a_colon_and_begins_after_one() {
        assert_eq!(after_colon(None, "ab: c"), Some("ab"));
        assert_eq!(after_colon(Some(' '), "ab::"), Some("ab"));
        for (before, rest) in [
            (Some('1'), "30:45"),
            (Some(':'), "ab:"),
            (None, "a:"),
            (None, "ab"),
            (None, "a b:"),
            (None, "aB:"),
            (None, ""),
        ] {
            assert_eq!(after_colon(before, rest), None, "{rest}");
        }
    }
}
