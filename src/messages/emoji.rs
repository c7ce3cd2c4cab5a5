//! An emoji as a reaction.

use crate::error::{Error, Result};

/// One emoji of Unicode's list (UTS #51), in the form that is meant for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoji(&'static str);

impl Emoji {
    /// Takes an emoji, or its shortcode between colons.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn parse(text: &str) -> Result<Emoji> {
        let text = text.trim();
        let code = text
            .strip_prefix(':')
            .and_then(|code| code.strip_suffix(':'));
        let found = match code {
            Some(code) => emojis::get_by_shortcode(code),
            None => emojis::get(text),
        };
        let what = || Error::Invalid("React with one emoji, as 👍 or :+1:.".into());
        found.map(|emoji| Emoji(emoji.as_str())).ok_or_else(what)
    }

    /// Itself.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_one_whatever_way_it_was_typed() {
        let emoji = |text: &str| Emoji::parse(text).map(Emoji::as_str);
        assert_eq!(emoji("👍"), Ok("👍"));
        assert_eq!(emoji(":+1:"), Ok("👍"));
        assert_eq!(emoji("❤"), emoji("❤\u{fe0f}"));
        assert_eq!(emoji(" 👩🏽‍🚀 "), Ok("👩🏽‍🚀"));
        for text in ["", "a", "👍👍", ":nothing_of_this_name:", "<b>", "1"] {
            assert!(emoji(text).is_err(), "{text:?}");
        }
    }
}
