//! JSON representation of custom emoji (`docs/api.md`).

use serde::Serialize;

use super::{CustomEmoji, store::ListedEmoji};
use crate::db::time;

/// Custom emoji.
#[derive(Serialize)]
pub struct CustomEmojiJson<'a> {
    name: &'a str,
    /// URL of the picture.
    url: String,
    animated: bool,
}

/// Custom emoji in a list.
#[derive(Serialize)]
pub struct ListedEmojiJson<'a> {
    #[serde(flatten)]
    emoji: CustomEmojiJson<'a>,
    /// Username of the admin who added it; `None` if the account was deleted.
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
