//! The log-in and register card.

use std::sync::Arc;

use askama::{Template, filters::Safe};
use parking_lot::Mutex;

use super::admission;
use crate::{
    app::App,
    error::Result,
    settings::{RegistrationMode, ServerSettings},
    web::{assets, cached_page::CachedText, page::Page},
};

/// Card with two tabs.
#[derive(Template)]
#[template(path = "accounts/auth.html")]
pub struct AuthCard {
    page: Page,
    registering: bool,
    /// Whether the tab for new accounts is shown.
    has_register_tab: bool,
    /// Reason why there is no form for a new account; empty if there is one.
    refusal: String,
    /// HTML of the welcome text; empty without one.
    welcome: Safe<String>,
    username: String,
    error: Option<String>,
    field: &'static str,
    /// Page to open afterwards; empty for `/`.
    next: String,
    /// URL of the scripts for passkeys.
    passkeys: &'static str,
    /// Whether it leads to the form for a forgotten password.
    has_reset: bool,
}

impl AuthCard {
    /// An empty form for log-in.
    pub fn log_in(app: &App) -> AuthCard {
        AuthCard::new(app, "Log in", false)
    }

    /// An empty form for a new account, or the reason why there is none.
    pub fn register(app: &App) -> AuthCard {
        let card = AuthCard::new(app, "Register", true);
        let settings = app.settings.current();
        let refusal = match settings.registration {
            RegistrationMode::Open => String::new(),
            RegistrationMode::Invitation => admission::needs_invitation(&settings.name),
            RegistrationMode::Closed => admission::is_closed(&settings.name),
        };
        AuthCard { refusal, ..card }
    }

    fn new(app: &App, title: &str, registering: bool) -> AuthCard {
        let settings = app.settings.current();
        AuthCard {
            page: Page::new(title, &settings),
            registering,
            has_register_tab: settings.registration != RegistrationMode::Closed,
            refusal: String::new(),
            welcome: Safe(app.settings.welcome_html()),
            username: String::new(),
            error: None,
            field: "",
            next: String::new(),
            passkeys: assets::url("passkeys.js"),
            has_reset: app.config.smtp_url.is_some(),
        }
    }

    /// Adds the styles of the server's admins.
    pub fn with_custom_css(mut self, settings: &ServerSettings) -> AuthCard {
        self.page = self.page.with_custom_css(settings);
        self
    }

    /// The form of the first account, in any mode.
    pub fn for_first_account(mut self) -> AuthCard {
        self.refusal = String::new();
        self
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

/// Empty cards, rendered and compressed once for each state of the settings.
#[derive(Default)]
pub struct AuthCards(Mutex<Vec<(CardKey, Arc<CachedText>)>>);

/// Everything that an empty card depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CardKey {
    /// URL path of the page.
    pub path: &'static str,
    /// Settings of the server.
    pub settings: Arc<ServerSettings>,
    /// Whether custom CSS is left out.
    pub is_safe: bool,
    /// Whether there is no account yet.
    pub is_first: bool,
}

/// Cards in memory, enough for each page in each mode.
const MAX_CARDS: usize = 8;

impl AuthCards {
    /// The card of a key. `make` renders it if it is not known.
    pub fn get(
        &self,
        key: CardKey,
        make: impl FnOnce() -> Result<String>,
    ) -> Result<Arc<CachedText>> {
        let mut cards = self.0.lock();
        if let Some((_, card)) = cards.iter().find(|(known, _)| *known == key) {
            return Ok(card.clone());
        }
        let card = CachedText::new(make()?);
        // Cards of former settings are never asked for again.
        cards.retain(|(known, _)| Arc::ptr_eq(&known.settings, &key.settings));
        cards.truncate(MAX_CARDS - 1);
        cards.push((key, card.clone()));
        Ok(card)
    }
}
