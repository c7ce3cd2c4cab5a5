//! Icon before the name of a room: its picture, or else its emoji.

use std::sync::Arc;

use askama::{Template, filters::HtmlSafe};
use unicode_properties::{
    UnicodeEmoji,
    emoji::{is_regional_indicator, is_tag_character, is_zwj},
};

use super::Room;
use crate::{
    accounts::AVATAR_SIDES,
    db::ids::{AvatarId, RoomId},
    error::{Error, Result},
};

/// The most bytes of an emoji: a family of four with skin tones has 41.
const MAX_EMOJI_BYTES: usize = 64;

/// Picture or emoji of a room as HTML; empty without both.
#[derive(Clone, Debug, Template)]
#[template(path = "rooms/icon.html")]
pub struct RoomIcon {
    room: RoomId,
    picture: Option<AvatarId>,
    emoji: Arc<str>,
    side: u32,
    double_side: u32,
}

impl HtmlSafe for RoomIcon {}

impl RoomIcon {
    /// Whether the room has neither.
    pub fn is_empty(&self) -> bool {
        self.picture.is_none() && self.emoji.is_empty()
    }

    /// URL of the largest copy of the picture.
    pub fn picture_url(&self) -> Option<String> {
        let (room, largest) = (self.room, AVATAR_SIDES[0]);
        let url = |picture| format!("/rooms/{room}/picture/{picture}/{largest}");
        self.picture.map(url)
    }
}

impl Room {
    /// Its picture or emoji.
    pub fn icon(&self) -> RoomIcon {
        let [_, double_side, side] = AVATAR_SIDES;
        RoomIcon {
            room: self.id,
            picture: self.avatar,
            emoji: self.emoji.clone(),
            side,
            double_side,
        }
    }
}

/// Emoji of a room; empty for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomEmoji(String);

impl RoomEmoji {
    /// Parses one emoji, or an empty text.
    pub fn parse(text: &str) -> Result<RoomEmoji> {
        let text = text.trim();
        if text.is_empty() || (text.len() <= MAX_EMOJI_BYTES && is_emoji(text)) {
            return Ok(RoomEmoji(text.to_owned()));
        }
        Err(Error::Invalid("Use a single emoji, like 🚀.".into()))
    }

    /// The emoji.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is one emoji (UTS #51): a flag, a keycap, or one or more emoji that are joined.
fn is_emoji(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    match chars.as_slice() {
        [a, b] if is_regional_indicator(*a) => is_regional_indicator(*b),
        ['0'..='9' | '#' | '*', .., '\u{20E3}'] => chars.len() <= 3,
        _ => chars.split(|c| is_zwj(*c)).all(is_joined_part),
    }
}

/// Whether these characters are an emoji with nothing but a variation selector, a skin tone or tags.
fn is_joined_part(part: &[char]) -> bool {
    let is_modifier = |c: &char| matches!(c, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}');
    match part {
        [base, rest @ ..] => {
            base.is_emoji_char()
                && !base.is_ascii()
                && !is_regional_indicator(*base)
                && rest.iter().all(|c| is_modifier(c) || is_tag_character(*c))
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_one_emoji_or_none() {
        for fine in ["", " 🚀 ", "👩🏽‍🚀", "🇪🇺", "❤️", "1️⃣"] {
            let emoji = RoomEmoji::parse(fine).expect(fine);
            assert_eq!(emoji.as_str(), fine.trim());
        }
        for refused in ["a", "🚀🚀", "1", "#", "🚀 go", "<b>", "\u{FE0F}"] {
            assert!(RoomEmoji::parse(refused).is_err(), "{refused}");
        }
    }
}
