//! The account page, the avatar, and the stylesheet that marks one's own messages.

use askama::Template;

use super::{
    client::device_name, guard::ConfirmedUser, name, passkeys::Passkey, second_factor,
    sessions::ListedSession,
};
use crate::{
    db::{ids::UserId, time},
    error::Error,
    web::{
        assets,
        form_error::{FormError, sentence},
    },
};

/// Text about a username that is in use.
pub const TAKEN: &str = "That username is taken or too similar to an existing one. Try another.";

/// The account page.
#[derive(Template)]
#[template(path = "accounts/account.html")]
pub struct AccountPage {
    /// Username in the form, which may be a refused new one.
    username: String,
    own_name: String,
    sessions: Vec<SessionRow>,
    second_factor: Option<second_factor::Status>,
    passkeys: Vec<Passkey>,
    /// URL of the scripts for passkeys.
    script: &'static str,
    /// Sentence about the last change.
    outcome: Option<&'static str>,
    error: Option<FormError>,
    /// Whether it leads to the e-mail address.
    has_email: bool,
}

/// Session in the list.
struct SessionRow {
    session: ListedSession,
    is_current: bool,
}

impl AccountPage {
    /// The page of a user with their sessions, the state of the second factor, and their passkeys.
    pub fn new(
        user: &ConfirmedUser,
        sessions: Vec<ListedSession>,
        (second_factor, passkeys): (Option<second_factor::Status>, Vec<Passkey>),
    ) -> AccountPage {
        let current = user.user().session;
        let row = |session: ListedSession| SessionRow {
            is_current: session.id == current,
            session,
        };
        AccountPage {
            username: user.user().username.to_string(),
            own_name: user.user().username.to_string(),
            sessions: sessions.into_iter().map(row).collect(),
            second_factor,
            passkeys,
            script: assets::url("passkeys.js"),
            outcome: None,
            error: None,
            has_email: false,
        }
    }

    /// Adds the link to the e-mail address, if the server sends mails.
    pub fn with_email(mut self, sends_mails: bool) -> AccountPage {
        self.has_email = sends_mails;
        self
    }

    /// Adds the note about a change by its name in the URL.
    pub fn with_outcome(mut self, done: Option<&str>) -> AccountPage {
        self.outcome = match done {
            Some("password") => Some("Password changed. All your other devices were logged out."),
            Some("name") => Some("Username changed."),
            Some("session") => Some("That device was logged out."),
            Some("second-factor") => Some("Two-factor authentication is on."),
            Some("second-factor-off") => Some("Two-factor authentication is off."),
            Some("passkey") => Some("Passkey added."),
            Some("passkey-name") => Some("Passkey renamed."),
            Some("passkey-removed") => Some("Passkey removed. Remove it from your device, too."),
            Some("sessions") => Some("All your other devices were logged out."),
            _ => None,
        };
        self
    }

    /// Replaces the username in the form.
    pub fn with_name(mut self, name: String) -> AccountPage {
        self.username = name;
        self
    }

    /// Adds the error of a form.
    pub fn refused(mut self, error: FormError) -> AccountPage {
        self.error = Some(error);
        self
    }

    fn error_at(&self, field: &str) -> Option<String> {
        match &self.error {
            Some(refused) if refused.error == Error::Taken && refused.field == field => {
                Some(TAKEN.into())
            }
            error => sentence(error.as_ref(), field),
        }
    }
}

impl SessionRow {
    fn device(&self) -> String {
        device_name(&self.session.user_agent)
    }

    /// Time of the log-in: for people, and in ISO 8601.
    fn began(&self) -> (String, String) {
        let at = self.session.created_at;
        (time::day_label(at), time::iso(at))
    }

    /// Time of the last use.
    fn used(&self) -> (String, String) {
        let at = self.session.seen_at;
        (time::day_label(at), time::iso(at))
    }
}

impl Passkey {
    /// Time at which it was added: for people, and in ISO 8601.
    fn created(&self) -> (String, String) {
        (time::day_label(self.created_at), time::iso(self.created_at))
    }

    /// Time of the last use; `None` if it was never used.
    fn used(&self) -> Option<(String, String)> {
        let at = self.used_at?;
        Some((time::day_label(at), time::iso(at)))
    }
}

/// The form for the password before the account page.
#[derive(Template)]
#[template(path = "accounts/confirm.html")]
pub struct ConfirmPage {
    has_passkeys: bool,
    /// URL of the scripts for passkeys.
    passkeys: &'static str,
    error: Option<String>,
}

impl ConfirmPage {
    /// The form, with the reason why it was refused.
    pub fn new(has_passkeys: bool, error: Option<String>) -> ConfirmPage {
        ConfirmPage {
            has_passkeys,
            passkeys: assets::url("passkeys.js"),
            error,
        }
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
