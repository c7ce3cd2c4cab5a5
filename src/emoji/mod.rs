//! Emoji: the standard ones with their shortcodes, and those that admins of the server add.
//!
//! Invariants: a name belongs to one emoji, and no custom emoji has the name of a standard one. The URL of a picture never
//! shows another picture. Each message is rendered with a snapshot of all custom emoji.

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

/// The most custom emoji of a server.
const MAX: i64 = 1_000;
