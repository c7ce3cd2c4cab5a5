//! Renders a message's text as HTML: CommonMark without the parts that a chat does not need.
//!
//! Invariant: text of a user never becomes markup of the page. The writer escapes all text and emits few
//! tags. The result must pass an allow-list. Text that nests too deep, grows too large or does not
//! pass is shown as plain text. Visible characters are never lost: syntax without a meaning stays.

mod allowlist;
mod blocks;
mod code;
mod custom_emoji;
mod escape;
mod escapes;
mod excerpt;
mod inline;
mod links;
mod mask;
mod mention;
mod placeholders;
mod plain;
pub mod room_links;
#[cfg(test)]
mod tests;

use super::text::Html;
use crate::{db::ids::UserId, emoji::CustomEmojis};
use mention::MentionToken;

pub use code::of_file as code_of_file;
pub use custom_emoji::is_large;
pub use excerpt::{excerpt, line_of_html};

/// The version of the renderer. Messages rendered by another version are rendered again.
pub const VERSION: i32 = 5;

/// The text that readers see in the HTML of a body, on one line; `None` if it has the words of the body.
pub fn seen(body: &str, html: &str) -> Option<String> {
    let inner = html
        .strip_prefix("<p>")
        .and_then(|html| html.strip_suffix("</p>"));
    if inner == Some(body) {
        return None; // a text without formatting
    }
    let line = line_of_html(html);
    (!line.split_whitespace().eq(body.split_whitespace())).then_some(line)
}

/// Marks the position of a mention in the HTML. `placeholders::clean` removes it from every text.
const PLACEHOLDER: char = '\u{FDEF}';

/// The most bytes of HTML per byte of text.
const MAX_GROWTH: usize = 20;
/// Bytes that the HTML may have in addition, for short texts.
const MAX_EXTRA: usize = 1024;
/// The most bytes of HTML of a custom emoji.
const EMOJI_SIZE: usize = 320;

/// A rendered text whose mentions are not resolved yet: that needs the members of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Contains one [`PLACEHOLDER`] for each of `names`.
    html: String,
    names: Vec<MentionToken>,
    keys: Vec<String>,
    rooms: Vec<String>,
    /// Whether the text has names between colons that are no standard emoji. The HTML depends on the custom emoji then.
    pub(super) has_custom_names: bool,
    links: Vec<String>,
}

/// HTML under construction, with one [`PLACEHOLDER`] for each of its names.
#[derive(Default)]
struct RenderedParts {
    html: String,
    names: Vec<MentionToken>,
    /// Addresses of websites, without those in angle brackets and in quotes.
    links: Vec<String>,
    /// Whether the text is in a quote, which mentions no one and shows no links again.
    is_quoted: bool,
    /// The custom emoji that the text may contain, and how many it does.
    emoji: CustomEmojis,
    emoji_count: usize,
    has_custom_names: bool,
}

/// Renders a text without custom emoji: names between colons stay text.
pub fn render(text: &str) -> Rendered {
    render_with_emoji(text, &CustomEmojis::default())
}

/// Renders a text (see [`super::text::Body`]) in bounded time and size for any input. Of the names between colons, those
/// in `emoji` become pictures.
pub fn render_with_emoji(text: &str, emoji: &CustomEmojis) -> Rendered {
    let text = &*placeholders::clean(text);
    let parts = write(text, emoji).unwrap_or_else(|| plain::write(text, emoji));
    let has_custom_names = parts.has_custom_names;
    let parts = match allowlist::passes(&parts.html, parts.names.len()) {
        true => parts,
        false => plain::literal(text),
    };
    let mut keys: Vec<String> = Vec::new();
    for key in parts.names.iter().flat_map(MentionToken::keys) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let RenderedParts {
        html, names, links, ..
    } = parts;
    Rendered {
        has_custom_names,
        links,
        rooms: room_links::keys(&html),
        html,
        names,
        keys,
    }
}

/// Renders without the allow-list; `None` if the text nests too deep or the HTML is too large.
fn write(text: &str, emoji: &CustomEmojis) -> Option<RenderedParts> {
    let parts = match plain::is_plain(text) {
        true => plain::write(text, emoji),
        false => blocks::write(text, emoji)?,
    };
    let most = MAX_GROWTH * text.len() + MAX_EXTRA + EMOJI_SIZE * parts.emoji_count;
    (parts.html.len() <= most).then_some(parts)
}

impl Rendered {
    /// The keys (`accounts::fold`) of all names that the text may mention. A name before a dot, a dash or a script
    /// without spaces has several.
    pub fn names(&self) -> &[String] {
        &self.keys
    }

    /// Addresses of websites that the text links to, in its order, without those in angle brackets, in quotes and in code.
    pub fn links(&self) -> &[String] {
        &self.links
    }

    /// The keys of all names that may be those of rooms which the text names.
    pub fn rooms(&self) -> &[String] {
        &self.rooms
    }

    /// The users that the text mentions by name, of those that `known` resolves, once each.
    pub fn called(&self, known: &impl Fn(&str) -> Option<(UserId, String)>) -> Vec<UserId> {
        let mut called: Vec<UserId> = self
            .names
            .iter()
            .filter_map(|name| name.called(known))
            .collect();
        called.sort_unstable();
        called.dedup();
        called
    }

    /// Whether the text mentions all members with `@room`.
    pub fn calls_room(&self) -> bool {
        self.names.iter().any(MentionToken::calls_room)
    }

    /// Whether the text mentions the members who are in the room now, with `@here`.
    pub fn calls_here(&self) -> bool {
        self.names.iter().any(MentionToken::calls_here)
    }

    /// The HTML with links for the names that `known` resolves. `@room` and `@here` are highlighted only
    /// if `calls` is true.
    pub fn html(&self, known: &impl Fn(&str) -> Option<(UserId, String)>, calls: bool) -> Html {
        if self.names.is_empty() {
            return Html::stored(self.html.clone());
        }
        let mut out = String::with_capacity(self.html.len() + 80 * self.names.len());
        let mut names = self.names.iter();
        for (number, part) in self.html.split(PLACEHOLDER).enumerate() {
            if number > 0
                && let Some(name) = names.next()
            {
                name.write(&mut out, known, calls);
            }
            out.push_str(part);
        }
        Html::stored(out)
    }
}
