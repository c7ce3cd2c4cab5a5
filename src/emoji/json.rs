//! Custom emoji as JSON (`docs/api.md`).

use serde::Serialize;

use super::{CustomEmoji, store::ListedEmoji};
use crate::db::time;

/// A custom emoji.
#[derive(Serialize)]
pub struct CustomEmojiJson<'a> {
    name: &'a str,
    /// URL of its picture.
    url: String,
    animated: bool,
}

/// A custom emoji of the list.
#[derive(Serialize)]
pub struct ListedEmojiJson<'a> {
    #[serde(flatten)]
    emoji: CustomEmojiJson<'a>,
    /// Username.
    added_by: Option<&'a str>,
    created_at: String,
}

impl<'a> From<&'a CustomEmoji> for CustomEmojiJson<'a> {
    fn from(emoji: &'a CustomEmoji) -> CustomEmojiJson<'a> {
        CustomEmojiJson {
            name: &emoji.name,
            url: emoji.url(),
            animated: emoji.is_animated,
        }
    }
}

impl<'a> From<&'a ListedEmoji> for ListedEmojiJson<'a> {
    fn from(listed: &'a ListedEmoji) -> ListedEmojiJson<'a> {
        ListedEmojiJson {
            emoji: CustomEmojiJson::from(&listed.emoji),
            added_by: listed.added_by.as_ref().map(|user| &*user.username),
            created_at: time::iso(listed.created_at),
        }
    }
}
