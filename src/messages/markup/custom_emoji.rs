//! Custom emoji in texts: names between colons become pictures.

use super::RenderedParts;
use crate::{emoji, messages::text};

/// Custom emoji in one message; further names stay text.
const MAX: usize = 100;
/// Stands for a custom emoji where only the number of emoji counts.
const ANY_EMOJI: &str = "😀";

/// The name of the custom emoji that follows a colon.
pub fn named<'a>(
    parts: &mut RenderedParts,
    before: Option<char>,
    rest: &'a str,
) -> Option<&'a str> {
    let name = emoji::after_colon(before, rest)?;
    parts.has_custom_names = true;
    (parts.emoji_count < MAX && parts.emoji.find(name).is_some()).then_some(name)
}

/// Appends the picture of a custom emoji.
pub fn push(parts: &mut RenderedParts, name: &str) {
    use std::fmt::Write;
    if let Some(found) = parts.emoji.find(name) {
        let _ = write!(parts.html, "{}", found.picture()); // into memory
        parts.emoji_count += 1;
    }
}

/// Whether a message consists of a few emoji, which are shown large: standard ones in its text, or custom ones in its
/// HTML.
pub fn is_large(body: &str, html: &str) -> bool {
    if !html.contains("<img class=\"custom-emoji\"") {
        return text::is_large(body);
    }
    let inner = html.strip_prefix("<p>");
    let Some(inner) = inner.and_then(|inner| inner.strip_suffix("</p>")) else {
        return false;
    };
    let mut text = String::new();
    for (number, part) in inner.split('<').enumerate() {
        let (tag, after) = match number {
            0 => ("", part),
            _ => part.split_once('>').unwrap_or_default(),
        };
        match tag {
            "" | "/picture" => {}
            "br" => text.push('\n'),
            _ if emoji::picture_name(tag).is_some() => text.push_str(ANY_EMOJI),
            _ if emoji::is_picture_tag(tag) => {}
            _ => return false,
        }
        text.push_str(after);
    }
    text::is_large(&text)
}
