//! Page of a link to choose a new password.

use askama::Template;
use poem::http::StatusCode;

use super::store::resets::{ResetLinkState, StoredLink};
use crate::{
    settings::ServerSettings,
    web::{
        form_error::{FormError, sentence},
        page::Page,
    },
};

/// Content of the page.
pub enum ResetCard {
    /// The form for the user of a valid link.
    Form {
        username: String,
    },
    Used,
    Expired,
    Unknown,
    /// The password was changed.
    Done,
}

impl ResetCard {
    /// Content for a link.
    pub fn of(link: StoredLink) -> ResetCard {
        match link.state {
            ResetLinkState::Valid => ResetCard::Form {
                username: link.username,
            },
            ResetLinkState::Used => ResetCard::Used,
            ResetLinkState::Expired => ResetCard::Expired,
        }
    }

    /// Status of the page.
    pub fn status(&self) -> StatusCode {
        match self {
            ResetCard::Form { .. } | ResetCard::Done => StatusCode::OK,
            ResetCard::Used | ResetCard::Expired => StatusCode::GONE,
            ResetCard::Unknown => StatusCode::NOT_FOUND,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            ResetCard::Form { .. } => "Choose a new password",
            ResetCard::Done => "Password changed",
            _ => "This link doesn’t work",
        }
    }

    fn text(&self) -> &'static str {
        match self {
            ResetCard::Form { .. } => "All your devices will be logged out.",
            ResetCard::Done => "All your devices were logged out. Log in with your new password.",
            ResetCard::Used => "It was used already. Ask an admin of this server for a new one.",
            ResetCard::Expired => "It has expired. Ask an admin of this server for a new one.",
            ResetCard::Unknown => {
                "It may be incomplete, or a newer one has replaced it. Copy the whole link, or ask an admin of this \
                 server for a new one."
            }
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "accounts/reset.html")]
pub struct ResetPage {
    page: Page,
    card: ResetCard,
    error: Option<FormError>,
}

impl ResetPage {
    /// The page with the error of its form.
    pub fn new(settings: &ServerSettings, card: ResetCard, error: Option<FormError>) -> ResetPage {
        let page = Page::new(card.title(), settings);
        ResetPage { page, card, error }
    }

    fn error(&self) -> Option<String> {
        let error = self.error.as_ref();
        sentence(error, "password").or_else(|| sentence(error, ""))
    }
}
