//! The log-in and register card, the avatar, and the stylesheet that marks one's own messages.

use askama::Template;

use super::name;
use crate::{db::ids::UserId, web::page::Page};

/// Card with two tabs.
#[derive(Template)]
#[template(path = "accounts/auth.html")]
pub struct AuthCard {
    page: Page,
    registering: bool,
    username: String,
    error: Option<String>,
    field: &'static str,
    /// Page to open afterwards; empty for `/`.
    next: String,
}

impl AuthCard {
    /// An empty log-in form.
    pub fn log_in() -> AuthCard {
        AuthCard {
            page: Page::new("Log in"),
            registering: false,
            username: String::new(),
            error: None,
            field: "",
            next: String::new(),
        }
    }

    /// An empty register form.
    pub fn register() -> AuthCard {
        AuthCard {
            page: Page::new("Register"),
            registering: true,
            ..AuthCard::log_in()
        }
    }

    /// The form that leads to a page of this site.
    pub fn leading_to(mut self, next: String) -> AuthCard {
        if next != "/" {
            self.next = next;
        }
        self
    }

    /// The form after a refusal. It retains the username, but not the password.
    pub fn refused(mut self, username: String, error: String, field: &'static str) -> AuthCard {
        (self.username, self.error, self.field) = (username, Some(error), field);
        self
    }
}

/// Rules that give one author's messages the look of the reader's own.
#[derive(Template)]
#[template(path = "accounts/viewer.css", escape = "none")]
pub struct OwnStyles {
    pub id: UserId,
}

/// Initials on a colour, both computed from the username.
#[derive(Template)]
#[template(path = "accounts/avatar.svg", escape = "html")]
pub struct Avatar {
    initials: String,
    colour: &'static str,
}

/// Background colours, dark enough for white initials (contrast at least 4.5 : 1).
const COLOURS: [&str; 10] = [
    "#5a55c8", "#7a4fb5", "#a0458f", "#b33d62", "#b0492f", "#8f5f14", "#5d7019", "#2f7a45",
    "#1f7580", "#3069b3",
];

impl Avatar {
    /// The avatar of `username`.
    pub fn of(username: &str) -> Avatar {
        Avatar {
            initials: initials(username),
            colour: COLOURS[(fnv(&name::fold(username)) >> 32) as usize % COLOURS.len()],
        }
    }
}

/// The FNV-1a hash: short, and the same on every machine and in every version.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// The first letters of the first two words, or the first two of the only one.
fn initials(username: &str) -> String {
    let words = username.split(['_', '-', '.']);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let letters: String = match words.as_slice() {
        [] => "?".into(),
        [word] => word.chars().take(2).collect(),
        [first, second, ..] => first
            .chars()
            .take(1)
            .chain(second.chars().take(1))
            .collect(),
    };
    letters.to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_come_from_words() {
        for (name, expected) in [
            ("ada", "AD"),
            ("grace.hopper", "GH"),
            ("x", "X"),
            ("_-_", "?"),
            ("李小龙", "李小"),
        ] {
            assert_eq!(initials(name), expected);
        }
    }

    #[test]
    fn a_name_has_one_colour_however_it_is_written() {
        assert_eq!(Avatar::of("Ada").colour, Avatar::of("ada").colour);
    }
}
