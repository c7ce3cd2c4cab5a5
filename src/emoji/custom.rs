//! Custom emoji, and the snapshot of all of them that is used to render messages.

use std::{collections::BTreeMap, fmt, sync::Arc};

use askama::{FastWritable, Values, filters::HtmlSafe};
use sha2::{Digest, Sha256};

use super::is_name;

/// Length of a token: 64 random bits in hexadecimal.
const TOKEN: usize = 16;

/// Custom emoji, added by an admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomEmoji {
    /// Name without colons.
    pub name: String,
    /// Random identifier in the URL of its picture. An emoji that is removed and added again gets a new one.
    pub token: String,
    /// SHA-256 of the picture in hexadecimal.
    pub hash: String,
    pub is_animated: bool,
}

impl CustomEmoji {
    /// Returns the shortcode: the name between colons.
    pub fn code(&self) -> String {
        format!(":{}:", self.name)
    }

    /// Returns the URL of the picture.
    pub fn url(&self) -> String {
        format!("/e/{}", self.token)
    }

    /// Returns the picture as HTML.
    pub fn picture(&self) -> EmojiPicture<'_> {
        EmojiPicture(self)
    }
}

/// HTML of an emoji's picture, for messages, reactions and lists. Animations stay still for users who prefer reduced
/// motion.
pub struct EmojiPicture<'a>(&'a CustomEmoji);

impl fmt::Display for EmojiPicture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CustomEmoji { name, token, .. } = self.0;
        let image = format_args!(
            "<img class=\"custom-emoji\" src=\"/e/{token}\" alt=\":{name}:\" title=\":{name}:\">"
        );
        match self.0.is_animated {
            false => f.write_fmt(image),
            true => write!(
                f,
                "<picture><source media=\"{REDUCED}\" srcset=\"/e/{token}?still=1\">{image}</picture>"
            ),
        }
    }
}

impl HtmlSafe for EmojiPicture<'_> {}

impl FastWritable for EmojiPicture<'_> {
    fn write_into(&self, out: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(out, "{self}")?)
    }
}

/// Media query for users who prefer reduced motion.
const REDUCED: &str = "(prefers-reduced-motion:reduce)";

/// Returns whether a tag (without angle brackets) is exactly as [`EmojiPicture`] writes it. `img` and `source` have no
/// end tags.
pub fn is_picture_tag(tag: &str) -> bool {
    if tag == "picture" {
        return true;
    }
    if let Some(rest) =
        tag.strip_prefix("source media=\"(prefers-reduced-motion:reduce)\" srcset=\"/e/")
    {
        return rest.strip_suffix("?still=1\"").is_some_and(is_token);
    }
    picture_name(tag).is_some()
}

/// Returns the emoji name in an `img` tag (without angle brackets) written by [`EmojiPicture`], or `None` for any other
/// tag.
pub fn picture_name(tag: &str) -> Option<&str> {
    let rest = tag.strip_prefix("img class=\"custom-emoji\" src=\"/e/")?;
    let (token, rest) = rest.split_at_checked(TOKEN)?;
    let (alt, title) = rest
        .strip_prefix("\" alt=\":")?
        .split_once(":\" title=\":")?;
    let title = title.strip_suffix(":\"")?;
    (is_token(token) && is_name(alt) && alt == title).then_some(alt)
}

fn is_token(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == TOKEN && text.bytes().all(is_digit)
}

/// Snapshot of all custom emoji. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct CustomEmojis(Arc<EmojiSnapshot>);

#[derive(Debug, Default)]
struct EmojiSnapshot {
    by_name: BTreeMap<String, CustomEmoji>,
    /// Hash of all names and tokens.
    version: u64,
}

impl CustomEmojis {
    /// Creates a snapshot.
    pub fn new(all: Vec<CustomEmoji>) -> CustomEmojis {
        let mut sum = Sha256::new();
        let named = all.into_iter().map(|emoji| (emoji.name.clone(), emoji));
        let by_name: BTreeMap<String, CustomEmoji> = named.collect();
        for emoji in by_name.values() {
            sum.update(format!("{} {}\n", emoji.name, emoji.token));
        }
        let mut start = [0; 8];
        start.copy_from_slice(&sum.finalize()[..8]);
        let version = u64::from_be_bytes(start);
        CustomEmojis(Arc::new(EmojiSnapshot { by_name, version }))
    }

    /// Returns the emoji with this name.
    pub fn find(&self, name: &str) -> Option<&CustomEmoji> {
        self.0.by_name.get(name)
    }

    /// Returns the emoji with this token in its picture's URL.
    pub fn with_token(&self, token: &str) -> Option<&CustomEmoji> {
        self.all().find(|emoji| emoji.token == token)
    }

    /// Iterates over all emoji by name.
    pub fn all(&self) -> impl Iterator<Item = &CustomEmoji> {
        self.0.by_name.values()
    }

    /// Returns a hash of the snapshot, which changes whenever an emoji is added or removed.
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// Returns whether both are clones of the same snapshot.
    pub fn is_same(&self, other: &CustomEmojis) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emoji(is_animated: bool) -> CustomEmoji {
        CustomEmoji {
            name: "party_parrot".into(),
            token: "0123456789abcdef".into(),
            hash: "ab".repeat(32),
            is_animated,
        }
    }

    #[test]
    fn the_tags_of_a_picture_are_recognized_and_no_others() {
        for is_animated in [false, true] {
            let html = emoji(is_animated).picture().to_string();
            for part in html.split('<').skip(1) {
                let (tag, text) = part.split_once('>').expect("a tag");
                assert_eq!(text, "", "{html}");
                assert!(tag == "/picture" || is_picture_tag(tag), "{tag}");
            }
            assert_eq!(html.contains("still=1"), is_animated);
        }
        let html = emoji(false).picture().to_string();
        let tag = html.trim_matches(['<', '>']);
        assert_eq!(picture_name(tag), Some("party_parrot"));
        for (from, to) in [
            ("/e/", "/f/"),
            ("/e/", "https://evil.example/e/"),
            ("0123", "../x"),
            ("0123", "012G"),
            ("0123", "01234"),
            (":party", ":Party"),
            ("alt=\":party_parrot:\"", "alt=\":other:\""),
            ("\" title", "\" onerror=\"alert(1)\" title"),
            ("party_parrot:\">", "party_parrot:\" onload=x>"),
            ("class=\"custom-emoji\"", "class=\"custom-emoji avatar\""),
        ] {
            let tag = html.replace(from, to);
            assert_ne!(tag, html, "{from}");
            assert!(!is_picture_tag(tag.trim_matches(['<', '>'])), "{tag}");
        }
        for tag in [
            "img",
            "source",
            "picture class=\"x\"",
            "source media=\"(prefers-reduced-motion:reduce)\" srcset=\"/e/0123456789abcdef\"",
            "source media=\"(prefers-reduced-motion:reduce)\" srcset=\"/x/0123456789abcdef?still=1\"",
        ] {
            assert!(!is_picture_tag(tag), "{tag}");
        }
    }
}
