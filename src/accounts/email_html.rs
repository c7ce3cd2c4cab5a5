//! Pages of the e-mail address and of a forgotten password.

use askama::Template;

use super::store::emails::OwnEmail;
use crate::{
    settings::ServerSettings,
    web::{
        form_error::{FormError, sentence},
        page::Page,
    },
};

/// The address of a user, and the form for another one.
#[derive(Template)]
#[template(path = "accounts/email.html")]
pub struct EmailPage {
    own: OwnEmail,
    /// Whether the server sends mails.
    sends: bool,
    outcome: Option<&'static str>,
    typed: String,
    error: Option<FormError>,
}

impl EmailPage {
    /// The page, with a note about the change that the URL names.
    pub fn new(own: OwnEmail, sends: bool, done: Option<&str>) -> EmailPage {
        EmailPage {
            own,
            sends,
            outcome: match done {
                Some("sent") => Some("We sent you a link. Open it in this browser to confirm."),
                Some("confirmed") => Some("E-mail address confirmed."),
                Some("removed") => Some("E-mail address removed."),
                _ => None,
            },
            typed: String::new(),
            error: None,
        }
    }

    /// The page after a refusal, with what was typed.
    pub fn refused(mut self, typed: String, error: FormError) -> EmailPage {
        (self.typed, self.error) = (typed, Some(error));
        self
    }

    fn error_text(&self) -> Option<String> {
        let error = self.error.as_ref();
        sentence(error, "address").or_else(|| sentence(error, ""))
    }
}

/// Question whether to confirm an address.
#[derive(Template)]
#[template(path = "accounts/confirm_email.html")]
pub struct ConfirmEmailPage {
    /// `None` for a link that does not work.
    pub address: Option<String>,
    pub error: Option<String>,
}

/// Form for a forgotten password, and its answer.
#[derive(Template)]
#[template(path = "accounts/forgot.html")]
pub struct ForgotPage {
    page: Page,
    is_sent: bool,
    typed: String,
    error: Option<FormError>,
}

impl ForgotPage {
    /// The form.
    pub fn form(settings: &ServerSettings, typed: String, error: Option<FormError>) -> ForgotPage {
        ForgotPage {
            page: Page::new("Forgot password", settings),
            is_sent: false,
            typed,
            error,
        }
    }

    /// The answer, which is the same for every name.
    pub fn sent(settings: &ServerSettings) -> ForgotPage {
        ForgotPage {
            is_sent: true,
            ..ForgotPage::form(settings, String::new(), None)
        }
    }

    fn error_text(&self) -> Option<String> {
        sentence(self.error.as_ref(), "")
    }
}
