//! Placeholders for characters that the parser must not see: noncharacters that no text contains.

use std::borrow::Cow;

/// The characters that can be masked. The index gives the placeholder.
const MASKABLE: &[u8] = b"*_~`[]()<>&:.!#-=+\\ \t";
/// The first placeholder: one of 32 noncharacters that Unicode reserves for internal use.
const FIRST: u32 = 0xFDD0;

/// The inserted character. [`clean`] removes it from every text, [`unmask`] from every output.
pub const JOINT: char = '\u{FDEE}';

/// The text without placeholder and control characters.
pub fn clean(text: &str) -> Cow<'_, str> {
    let is_ours = |c: char| ('\u{FDD0}'..='\u{FDEF}').contains(&c);
    let goes = |c: char| is_ours(c) || (c.is_control() && !matches!(c, '\n' | '\t'));
    match text.contains(goes) {
        true => text.chars().filter(|c| !goes(*c)).collect(),
        false => text.into(),
    }
}

/// The text as it was typed, without placeholders.
pub fn unmask(text: &str) -> Cow<'_, str> {
    let typed = |c: char| {
        let index = (c as u32).wrapping_sub(FIRST) as usize;
        MASKABLE.get(index).copied().map(char::from)
    };
    let is_ours = |c: char| ('\u{FDD0}'..='\u{FDEF}').contains(&c);
    match text.contains(is_ours) {
        true => {
            let chars = text.chars().filter(|c| *c != JOINT);
            chars.map(|c| typed(c).unwrap_or(c)).collect()
        }
        false => text.into(),
    }
}

/// Placeholder of a character, or the character if it has none.
pub fn placeholder(mark: char) -> char {
    let index = MASKABLE.iter().position(|m| char::from(*m) == mark);
    let replace = |index| char::from_u32(FIRST + index as u32);
    index.and_then(replace).unwrap_or(mark)
}
