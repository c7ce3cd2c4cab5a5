//! Names after an @, until the members of the room are known.

use super::escape::{self, Context};
use crate::{db::ids::UserId, messages::mentions};

/// An @ and the name after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MentionToken {
    /// The text from the @ on, as typed.
    typed: String,
    called: Called,
    /// Whether a backslash before it makes it text.
    is_escaped: bool,
}

/// Users that a name may call.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Called {
    /// The end and the key of each prefix that may be a username, in the order in which they count.
    User(Vec<(usize, String)>),
    /// `@room`, up to an index: all members of the room.
    Room(usize),
    /// `@here`, up to an index: the members who are in the room now.
    Here(usize),
}

impl MentionToken {
    /// Parses the name after an @.
    pub fn parse(mark: char, name: &str, is_escaped: bool) -> Option<MentionToken> {
        let candidates = mentions::candidates(name);
        let first = candidates.first()?;
        let end = |name: &str| mark.len_utf8() + name.len();
        let called = candidates
            .iter()
            .find_map(|word| call(word, &name[word.len()..], end(word)));
        let keyed = |name: &&str| Some((end(name), mentions::key(name)?));
        let called = match called {
            Some(called) => called,
            None => Called::User(candidates.iter().filter_map(keyed).collect()),
        };
        let is_name =
            !first.is_empty() && !matches!(&called, Called::User(names) if names.is_empty());
        is_name.then(|| MentionToken {
            typed: format!("{mark}{name}"),
            called,
            is_escaped,
        })
    }

    /// The text as typed, with the backslash before it.
    pub fn typed(&self) -> impl Iterator<Item = char> {
        let escape = self.is_escaped.then_some('\\');
        escape.into_iter().chain(self.typed.chars())
    }

    /// The keys of all usernames that it may refer to.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        let names = match &self.called {
            Called::User(names) => &names[..],
            Called::Room(_) | Called::Here(_) => &[],
        };
        names.iter().map(|(_, key)| key)
    }

    /// Whether it mentions all members.
    pub fn calls_room(&self) -> bool {
        matches!(self.called, Called::Room(_)) && !self.is_escaped
    }

    /// Whether it mentions the members who are in the room now.
    pub fn calls_here(&self) -> bool {
        matches!(self.called, Called::Here(_)) && !self.is_escaped
    }

    /// The user that it mentions.
    pub fn called(&self, known: &impl Fn(&str) -> Option<(UserId, String)>) -> Option<UserId> {
        let (_, id, _) = self.resolve(known).filter(|_| !self.is_escaped)?;
        Some(id)
    }

    /// The end of the name, the user and the username.
    fn resolve(
        &self,
        known: &impl Fn(&str) -> Option<(UserId, String)>,
    ) -> Option<(usize, UserId, String)> {
        let Called::User(names) = &self.called else {
            return None;
        };
        names.iter().find_map(|(end, key)| {
            let (id, username) = known(key)?;
            Some((*end, id, username))
        })
    }

    /// Appends the HTML. `@room` and `@here` are highlighted only if `calls` is true.
    pub fn write(
        &self,
        out: &mut String,
        known: &impl Fn(&str) -> Option<(UserId, String)>,
        calls: bool,
    ) {
        let user = self.resolve(known);
        let call = match self.called {
            Called::Room(end) | Called::Here(end) => Some(end),
            Called::User(_) => None,
        };
        let end = match (user, call) {
            // A backslash works where there was a mention to prevent.
            (Some(_), _) | (_, Some(_)) if self.is_escaped => 0,
            (Some((end, id, username)), _) => {
                link(out, id, &username);
                end
            }
            (None, Some(end)) if calls => {
                let mark = self.typed.chars().next().map_or(0, char::len_utf8);
                out.push_str("<span class=\"mention mention--room\">@");
                escape::push(out, &self.typed[mark..end], Context::Text);
                out.push_str("</span>");
                end
            }
            _ => {
                if self.is_escaped {
                    out.push('\\');
                }
                0
            }
        };
        escape::push(out, &self.typed[end..], Context::Text);
    }
}

/// The call that a word stands for; `rest` is the typed text after it. `@here-abouts` is no call.
fn call(word: &str, rest: &str, end: usize) -> Option<Called> {
    if rest.starts_with('-') && rest.contains(char::is_alphanumeric) {
        return None;
    }
    match word.to_ascii_lowercase().as_str() {
        "room" | "all" | "channel" | "everyone" => Some(Called::Room(end)),
        "here" => Some(Called::Here(end)),
        _ => None,
    }
}

/// Writes a link with the name of the account: the typed name may only look like it.
fn link(out: &mut String, id: UserId, username: &str) {
    use std::fmt::Write;
    let _ = write!(out, "<a class=\"mention mention--{id}\" href=\"/people/"); // into memory
    escape::push(out, username, Context::Attribute);
    out.push_str("\">@");
    escape::push(out, username, Context::Text);
    out.push_str("</a>");
}
