//! An emoji as a reaction.

use unicode_properties::{UnicodeEmoji, emoji::EmojiStatus};

use super::text;
use crate::{
    emoji::{self, shortcodes},
    error::{Error, Result},
};

/// Skin tones (UTS #51, section 2.4).
const TONES: std::ops::RangeInclusive<char> = '\u{1F3FB}'..='\u{1F3FF}';
/// Variation selector for emoji presentation. It is optional: both forms are the same emoji.
const AS_EMOJI: char = '\u{FE0F}';

/// One emoji, with or without skin tones, or the name of a custom emoji between colons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoji(String);

impl Emoji {
    /// Parses an emoji, or its shortcode between colons. A custom emoji may not exist.
    pub fn parse(text: &str) -> Result<Emoji> {
        let text = text.trim();
        let code = text
            .strip_prefix(':')
            .and_then(|code| code.strip_suffix(':'));
        let found = match code {
            Some(code) => shortcodes::emoji(code)
                .map(str::to_owned)
                .or_else(|| emoji::is_name(code).then(|| text.to_owned())),
            None => known(text),
        };
        let invalid = || Error::Invalid("Use a single emoji, like 👍 or :+1:.".into());
        found.map(Emoji).ok_or_else(invalid)
    }

    /// The emoji.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a custom emoji; `None` for a standard one.
    pub fn custom_name(&self) -> Option<&str> {
        custom_name(&self.0)
    }
}

/// The name of a custom emoji in the text of a reaction; `None` for a standard one.
pub fn custom_name(text: &str) -> Option<&str> {
    text.strip_prefix(':')?.strip_suffix(':')
}

/// The emoji in the form of the table; with skin tones, in the typed form.
fn known(text: &str) -> Option<String> {
    let bare = bare(text)?;
    let mut all = shortcodes::all().iter();
    let Some((_, emoji)) = all.find(|(_, emoji)| self::bare(emoji).as_ref() == Some(&bare)) else {
        // Newer than the table.
        let qualified = qualified(text);
        return text::is_one(&qualified).then_some(qualified);
    };
    match text.contains(|c| TONES.contains(&c)) {
        true => Some(qualified(text)),
        false => Some((*emoji).to_owned()),
    }
}

/// The emoji with a variation selector after each character that is shown as text without it, so that both forms are
/// equal.
fn qualified(text: &str) -> String {
    let mut chars = text.chars().filter(|c| *c != AS_EMOJI).peekable();
    let mut out = String::with_capacity(text.len() + 6);
    while let Some(c) = chars.next() {
        out.push(c);
        let is_text = matches!(
            c.emoji_status(),
            EmojiStatus::EmojiOther | EmojiStatus::EmojiModifierBase
        );
        if is_text && !chars.peek().is_some_and(|next| TONES.contains(next)) {
            out.push(AS_EMOJI);
        }
    }
    out
}

/// The emoji without skin tones and variation selectors; `None` if it is too long, or has a tone without a
/// base before it.
fn bare(text: &str) -> Option<String> {
    let (mut bare, mut before) = (String::with_capacity(text.len()), None);
    for c in text.chars() {
        let is_tone = TONES.contains(&c);
        if is_tone && before.is_none_or(|before| TONES.contains(&before)) {
            return None;
        }
        if !is_tone && c != AS_EMOJI {
            bare.push(c);
        }
        before = Some(c);
    }
    (!bare.is_empty() && text.len() <= 64).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_newer_than_the_table_are_emoji() {
        let emoji = |text: &str| Emoji::parse(text).ok().map(|emoji| emoji.0);
        for text in "🐦‍🔥¦🍋‍🟩¦🙂‍↔️¦🙂‍↕️¦🫩¦👨🏻‍🤝‍👨🏿¦👩🏿‍🤝‍👩🏻¦🧑🏻‍🤝‍🧑🏿¦👩🏻‍❤️‍💋‍👨🏿¦🍄‍🟫¦⛓️‍💥¦🚶‍➡️¦🏃🏽‍♀️‍➡️¦🧑‍🧑‍🧒‍🧒¦🫟¦🪏¦🏴󠁧󠁢󠁥󠁮󠁧󠁿¦👁️‍🗨️".split('¦')
        {
            assert!(emoji(text).is_some(), "{text}");
            assert_eq!(emoji(text), emoji(&text.replace('\u{FE0F}', "")), "{text}");
        }
        for text in "🐦🔥¦🍋‍¦🙂‍a¦🫩🫩¦1¦#¦a🫩¦🫩a¦❤\u{FE0E}¦🇩¦‍¦🏴󠁧¦🇩🇪🇫🇷¦😀‍😀‍😀‍😀‍😀‍😀".split('¦')
        {
            assert!(emoji(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn all_forms_of_an_emoji_are_equal() {
        let emoji = |text: &str| Emoji::parse(text).ok().map(|emoji| emoji.0);
        assert_eq!(emoji("👍").as_deref(), Some("👍"));
        assert_eq!(emoji(":+1:").as_deref(), Some("👍"));
        assert_eq!(emoji(":party_parrot:").as_deref(), Some(":party_parrot:"));
        assert_eq!(emoji("❤"), emoji("❤\u{fe0f}"));
        assert_eq!(emoji(" 👩🏽‍🚀 ").as_deref(), Some("👩🏽‍🚀"));
        for text in "¦a¦👍👍¦👍🏽🏽¦🏽¦:Nothing:¦:_x_:¦:a:b:¦<b>¦1¦\u{fe0f}".split('¦')
        {
            assert!(emoji(text).is_none(), "{text:?}");
        }
    }
}
