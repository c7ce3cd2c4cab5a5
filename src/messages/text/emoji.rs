//! Recognizes messages that consist of a few emoji (UTS 51).

use unicode_properties::{
    UnicodeEmoji,
    emoji::{EmojiStatus, is_regional_indicator, is_tag_character, is_zwj},
};

use crate::emoji::shortcodes;

/// The most emoji of a large message.
const MAX_EMOJI: usize = 12;
/// The longest sequences in use have ten characters.
const MAX_CHARS: usize = 20 * MAX_EMOJI;
/// The most characters with shortcodes.
const MAX_TYPED: usize = 40 * MAX_EMOJI;
/// The most characters of one emoji, and the most emoji that are joined in it.
const MAX_ONE: usize = 20;
const MAX_JOINED: usize = 5;
/// The heart that is typed most often is an emoji without its variation selector, too.
const HEART: char = '\u{2764}';
const AS_EMOJI: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
const END_OF_TAGS: char = '\u{E007F}';

/// Whether a text is 1 to 12 emoji and white space. Such a message is shown large.
pub fn is_large(text: &str) -> bool {
    if text.chars().nth(MAX_TYPED).is_some() {
        return false;
    }
    let text = shortcodes::expand(text);
    if text.chars().nth(MAX_CHARS).is_some() {
        return false;
    }
    let chars: Vec<char> = text.chars().collect();
    let (mut rest, mut count) = (&chars[..], 0);
    loop {
        match rest {
            [] => return (1..=MAX_EMOJI).contains(&count),
            [space, more @ ..] if space.is_whitespace() => rest = more,
            _ => match emoji(rest) {
                Some(more) => (rest, count) = (more, count + 1),
                None => return false,
            },
        }
    }
}

/// Whether a text is exactly one emoji, in any version of Unicode that the tables know. Sequences may join up to
/// [`MAX_JOINED`] emoji, as families do.
pub fn is_one(text: &str) -> bool {
    let chars: Vec<char> = text.chars().take(MAX_ONE + 1).collect();
    let joined = chars.iter().filter(|c| is_zwj(**c)).count();
    chars.len() <= MAX_ONE && joined < MAX_JOINED && emoji(&chars).is_some_and(<[char]>::is_empty)
}

/// The rest after the emoji at the start; `None` if there is no emoji.
fn emoji(chars: &[char]) -> Option<&[char]> {
    match chars {
        [a, b, rest @ ..] if is_regional_indicator(*a) && is_regional_indicator(*b) => Some(rest),
        ['0'..='9' | '#' | '*', AS_EMOJI, KEYCAP, rest @ ..]
        | ['0'..='9' | '#' | '*', KEYCAP, rest @ ..] => Some(rest),
        _ => {
            let (mut shown, mut rest) = element(chars)?;
            while let [joiner, next @ ..] = rest
                && is_zwj(*joiner)
            {
                (_, rest) = element(next)?;
                shown = true;
            }
            shown.then_some(rest)
        }
    }
}

/// One part of a joined sequence: whether it is an emoji on its own, and the rest after it.
fn element(chars: &[char]) -> Option<(bool, &[char])> {
    let (&base, mut rest) = chars.split_first()?;
    let mut shown = match base.emoji_status() {
        EmojiStatus::EmojiPresentation
        | EmojiStatus::EmojiPresentationAndModifierBase
        | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent => true,
        EmojiStatus::EmojiModifierBase | EmojiStatus::EmojiOther => base == HEART,
        // Digits, # and *, regional indicators, and what is no emoji.
        _ => return None,
    };
    if let [AS_EMOJI | '\u{1F3FB}'..='\u{1F3FF}', more @ ..] = rest {
        (shown, rest) = (true, more);
    }
    let tags = rest.iter().take_while(|&&c| is_tag_character(c)).count();
    if tags > 0 {
        let (tags, more) = rest.split_at(tags);
        rest = (tags.last() == Some(&END_OF_TAGS)).then_some(more)?;
    }
    Some((shown, rest))
}
