//! Standard emoji with their shortcodes, and custom emoji added by server admins.
//!
//! Invariants: emoji names are unique, and a custom emoji can't have the name of a standard one. The picture at a URL
//! never changes. A message is rendered with one snapshot of the custom emoji.

mod catalog;
mod custom;
mod groups;
mod guard;
mod html;
pub mod http;
mod json;
mod name;
pub mod shortcodes;
mod store;

pub use catalog::EmojiCatalog;
pub use custom::{CustomEmoji, CustomEmojis, EmojiPicture, is_picture_tag, picture_name};
pub use groups::{EmojiGroup, NamedEmoji, emoji_groups};
pub use guard::EmojiAdmin;
pub use name::{EmojiName, after_colon, is_name};
pub use store::{known as custom_emoji, named as custom_emoji_named};

/// Maximum number of custom emoji per server.
const MAX: i64 = 1_000;
