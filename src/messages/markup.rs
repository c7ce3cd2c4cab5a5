//! A message's text as HTML: CommonMark, without what a chat has no use for.
//!
//! Invariant: what a person writes is never markup of the page. The writer escapes everything and
//! knows few tags; an allow-list (`wall`) has the last word; what is too deep or too large, or does not
//! pass, is shown as plain text. Nothing that can be seen gets lost: marks without a meaning stay.

mod blocks;
mod code;
mod escape;
mod excerpt;
mod inline;
mod links;
mod marks;
mod plain;
pub(super) mod shortcodes;
#[cfg(test)]
mod tests;
mod wall;

use super::{mentions, text::Html};
use crate::db::ids::UserId;
use escape::Place;

pub use excerpt::excerpt;

/// The renderer's version; what was rendered by another one is rendered again.
pub const VERSION: i32 = 2;

/// Stands in the HTML for a name; no text has it.
const NAME: char = '\u{FDEF}';

/// No text becomes more HTML than so many times its bytes,
const MOST_TIMES: usize = 20;
/// and this.
const MOST_MORE: usize = 1024;

/// A text rendered except for the names in it, which only the room's members give meaning to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// With a [`NAME`] for each of `names`.
    html: String,
    names: Vec<Name>,
    keys: Vec<String>,
}

/// An @ and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    /// As it was typed, and whom it may mean: each of these begins it.
    Person(String, Vec<(usize, String)>),
    /// Everyone in the room.
    Room(String),
    /// Everyone who is in it now.
    Here(String),
}

/// HTML on its way, with a [`NAME`] for each of its names.
#[derive(Default)]
struct Draft {
    html: String,
    names: Vec<Name>,
}

/// Renders a text (see [`super::text::Body`]): bounded in time and size, whatever is in it.
pub fn render(text: &str) -> Rendered {
    let text = &*marks::clean(text);
    let draft = write(text).unwrap_or_else(|| plain::write(text));
    let draft = match wall::passes(&draft.html, draft.names.len()) {
        true => draft,
        false => plain::unlinked(text),
    };
    let mut keys = Vec::new();
    for name in &draft.names {
        if let Name::Person(_, candidates) = name {
            for (_, key) in candidates {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
            }
        }
    }
    Rendered {
        html: draft.html,
        names: draft.names,
        keys,
    }
}

/// Without the allow-list; nothing when it is too deep or too large.
fn write(text: &str) -> Option<Draft> {
    let draft = match plain::is_plain(text) {
        true => plain::write(text),
        false => blocks::write(text)?,
    };
    (draft.html.len() <= MOST_TIMES * text.len() + MOST_MORE).then_some(draft)
}

impl Rendered {
    /// The keys (`accounts::fold`) of the names in it. A name that ends in a dot or a dash stands for
    /// itself and for what is left without them.
    pub fn names(&self) -> &[String] {
        &self.keys
    }

    /// Whether it calls everyone in the room.
    pub fn calls_room(&self) -> bool {
        self.names.iter().any(|name| matches!(name, Name::Room(_)))
    }

    /// Whether it calls everyone who is in the room now.
    pub fn calls_here(&self) -> bool {
        self.names.iter().any(|name| matches!(name, Name::Here(_)))
    }

    /// The HTML, with the names that `known` knows marked, and the calls if they take effect.
    pub fn html(&self, known: &impl Fn(&str) -> Option<(UserId, String)>, calls: bool) -> Html {
        if self.names.is_empty() {
            return Html::stored(self.html.clone());
        }
        let mut out = String::with_capacity(self.html.len() + 80 * self.names.len());
        let mut names = self.names.iter();
        for (number, part) in self.html.split(NAME).enumerate() {
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

impl Name {
    /// Reads what was typed after an @.
    fn parse(typed: &str) -> Option<Name> {
        let candidates = mentions::candidates(typed);
        let (short, _) = candidates.last()?;
        Some(match short.to_ascii_lowercase().as_str() {
            "room" => Name::Room(typed.to_owned()),
            "here" => Name::Here(typed.to_owned()),
            _ => {
                let candidates = candidates.iter();
                let keyed = candidates.map(|(name, key)| (name.len(), key.clone()));
                Name::Person(typed.to_owned(), keyed.collect())
            }
        })
    }

    fn typed(&self) -> &str {
        let (Name::Person(typed, _) | Name::Room(typed) | Name::Here(typed)) = self;
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
            Name::Person(_, candidates) => {
                let person = |(end, key): &(usize, String)| Some((*end, known(key)?));
                match candidates.iter().find_map(person) {
                    Some((end, (id, username))) => {
                        mention(out, id, &username);
                        end
                    }
                    None => 0,
                }
            }
            Name::Room(_) | Name::Here(_) if calls => {
                let end = typed.trim_end_matches(['.', '-']).len();
                out.push_str("<span class=\"mention mention--room\">@");
                escape::push(out, &typed[..end], Place::Text);
                out.push_str("</span>");
                end
            }
            Name::Room(_) | Name::Here(_) => 0,
        };
        if end == 0 {
            out.push('@');
        }
        escape::push(out, &typed[end..], Place::Text);
    }
}

/// The account's own name, not the one that was typed: that may only look like it.
fn mention(out: &mut String, id: UserId, username: &str) {
    use std::fmt::Write;
    let _ = write!(out, "<a class=\"mention mention--{id}\" href=\"/people/"); // into memory
    escape::push(out, username, Place::Attribute);
    out.push_str("\">@");
    escape::push(out, username, Place::Text);
    out.push_str("</a>");
}
