//! The setup page.

use askama::Template;

use super::NewServer;
use crate::{
    settings::{RegistrationMode, ServerSettings},
    web::{
        form_error::{FormError, sentence},
        page::Page,
    },
};

/// Form of the first run.
#[derive(Template)]
#[template(path = "setup/setup.html")]
pub struct SetupPage {
    page: Page,
    needs_code: bool,
    name: String,
    username: String,
    registration: String,
    error: Option<FormError>,
}

impl SetupPage {
    /// The form with the defaults of a server.
    pub fn new(settings: &ServerSettings, needs_code: bool) -> SetupPage {
        SetupPage {
            page: Page::new("Set up", settings),
            needs_code,
            name: String::new(),
            username: String::new(),
            registration: settings.registration.name().into(),
            error: None,
        }
    }

    /// The form after a refusal. It retains all but the password and the code.
    pub fn refused(mut self, new: NewServer, error: FormError) -> SetupPage {
        (self.name, self.username) = (new.name, new.username);
        self.registration = match RegistrationMode::parse(&new.registration) {
            Some(known) => known.name().into(),
            None => self.registration,
        };
        self.error = Some(error);
        self
    }

    fn error_at(&self, field: &str) -> Option<String> {
        sentence(self.error.as_ref(), field)
    }
}
