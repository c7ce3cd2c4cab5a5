//! Renders a message's text as HTML: CommonMark without the parts that a chat does not need.
//!
//! Invariant: text of a user never becomes markup of the page. The writer escapes all text and emits few
//! tags. The result must pass an allow-list. Text that nests too deep, grows too large or does not
//! pass is shown as plain text. Visible characters are never lost: syntax without a meaning stays.

mod allowlist;
mod blocks;
mod code;
mod escape;
mod excerpt;
mod inline;
mod links;
mod mask;
mod plain;
pub(super) mod shortcodes;
#[cfg(test)]
mod tests;

use super::{mentions, text::Html};
use crate::db::ids::UserId;
use escape::Context;

pub use excerpt::excerpt;

/// The version of the renderer. Messages rendered by another version are rendered again.
pub const VERSION: i32 = 3;

/// Marks the position of a mention in the HTML. `mask::clean` removes it from every text.
const PLACEHOLDER: char = '\u{FDEF}';

/// The most bytes of HTML per byte of text.
const MAX_GROWTH: usize = 20;
/// Bytes that the HTML may have in addition, for short texts.
const MAX_EXTRA: usize = 1024;

/// A rendered text whose mentions are not resolved yet: that needs the members of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Contains one [`PLACEHOLDER`] for each of `names`.
    html: String,
    names: Vec<MentionToken>,
    keys: Vec<String>,
}

/// An @ and the name after it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum MentionToken {
    /// The typed name, and the length and key of each prefix that may be a username.
    User(String, Vec<(usize, String)>),
    /// `@room`: all members of the room.
    Room(String),
    /// `@here`: the members who are in the room now.
    Here(String),
}

/// HTML under construction, with one [`PLACEHOLDER`] for each of its names.
#[derive(Default)]
struct RenderedParts {
    html: String,
    names: Vec<MentionToken>,
}

/// Renders a text (see [`super::text::Body`]) in bounded time and size for any input.
pub fn render(text: &str) -> Rendered {
    let text = &*mask::clean(text);
    let parts = write(text).unwrap_or_else(|| plain::write(text));
    let parts = match allowlist::passes(&parts.html, parts.names.len()) {
        true => parts,
        false => plain::literal(text),
    };
    let mut keys = Vec::new();
    for name in &parts.names {
        if let MentionToken::User(_, candidates) = name {
            for (_, key) in candidates {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
            }
        }
    }
    let RenderedParts { html, names } = parts;
    Rendered { html, names, keys }
}

/// Renders without the allow-list; `None` if the text nests too deep or the HTML is too large.
fn write(text: &str) -> Option<RenderedParts> {
    let parts = match plain::is_plain(text) {
        true => plain::write(text),
        false => blocks::write(text)?,
    };
    (parts.html.len() <= MAX_GROWTH * text.len() + MAX_EXTRA).then_some(parts)
}

impl Rendered {
    /// The keys (`accounts::fold`) of all names that the text may mention. A name that ends in dots or
    /// dashes has two: with and without them.
    pub fn names(&self) -> &[String] {
        &self.keys
    }

    /// Whether the text mentions all members with `@room`.
    pub fn calls_room(&self) -> bool {
        let mut names = self.names.iter();
        names.any(|name| matches!(name, MentionToken::Room(_)))
    }

    /// Whether the text mentions the members who are in the room now, with `@here`.
    pub fn calls_here(&self) -> bool {
        let mut names = self.names.iter();
        names.any(|name| matches!(name, MentionToken::Here(_)))
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

impl MentionToken {
    /// Parses the name after an @.
    fn parse(typed: &str) -> Option<MentionToken> {
        let candidates = mentions::candidates(typed);
        let (short, _) = candidates.last()?;
        Some(match short.to_ascii_lowercase().as_str() {
            "room" | "all" | "channel" | "everyone" => MentionToken::Room(typed.to_owned()),
            "here" => MentionToken::Here(typed.to_owned()),
            _ => {
                let candidates = candidates.iter();
                let keyed = candidates.map(|(name, key)| (name.len(), key.clone()));
                MentionToken::User(typed.to_owned(), keyed.collect())
            }
        })
    }

    fn typed(&self) -> &str {
        let (MentionToken::User(typed, _) | MentionToken::Room(typed) | MentionToken::Here(typed)) =
            self;
        typed
    }

    fn write(
        &self,
        out: &mut String,
        known: &impl Fn(&str) -> Option<(UserId, String)>,
        calls: bool,
    ) {
        let typed = self.typed();
        let end = match self {
            MentionToken::User(_, candidates) => {
                let user = |(end, key): &(usize, String)| Some((*end, known(key)?));
                match candidates.iter().find_map(user) {
                    Some((end, (id, username))) => {
                        mention(out, id, &username);
                        end
                    }
                    None => 0,
                }
            }
            MentionToken::Room(_) | MentionToken::Here(_) if calls => {
                let end = typed.trim_end_matches(['.', '-']).len();
                out.push_str("<span class=\"mention mention--room\">@");
                escape::push(out, &typed[..end], Context::Text);
                out.push_str("</span>");
                end
            }
            MentionToken::Room(_) | MentionToken::Here(_) => 0,
        };
        if end == 0 {
            out.push('@');
        }
        escape::push(out, &typed[end..], Context::Text);
    }
}

/// Writes a link with the name of the account: the typed name may only look like it.
fn mention(out: &mut String, id: UserId, username: &str) {
    use std::fmt::Write;
    let _ = write!(out, "<a class=\"mention mention--{id}\" href=\"/people/"); // into memory
    escape::push(out, username, Context::Attribute);
    out.push_str("\">@");
    escape::push(out, username, Context::Text);
    out.push_str("</a>");
}
