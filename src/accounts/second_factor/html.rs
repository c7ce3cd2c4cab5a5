//! Pages of the second factor.

use askama::{Template, filters::Safe};

use super::{FIELD, NewSecret, Status};
use crate::{
    error::Result,
    settings::ServerSettings,
    web::{
        assets,
        form_error::{FormError, sentence},
        framed::rendered,
        page::Page,
        qr_code::QrCode,
    },
};

/// Card with the form for the code of a log-in.
#[derive(Template)]
#[template(path = "accounts/code.html")]
pub struct CodeCard {
    page: Page,
    has_passkeys: bool,
    /// URL of the scripts for passkeys.
    passkeys: &'static str,
    error: Option<String>,
    /// Page to open afterwards; empty for `/`.
    next: String,
}

impl CodeCard {
    /// An empty form that leads to a page of this site, for a user with passkeys or without.
    pub fn new(settings: &ServerSettings, next: String, has_passkeys: bool) -> CodeCard {
        CodeCard {
            page: Page::new("Enter your code", settings),
            has_passkeys,
            passkeys: assets::url("passkeys.js"),
            error: None,
            next: if next == "/" { String::new() } else { next },
        }
    }

    /// The form after a refusal.
    pub fn refused(mut self, error: String) -> CodeCard {
        self.error = Some(error);
        self
    }
}

/// Page with the QR code for the app and the form for its first code.
#[derive(Template)]
#[template(path = "accounts/second_factor.html")]
pub struct SecondFactorPage {
    qr_code: Safe<String>,
    /// Secret in groups of four letters.
    secret: String,
    /// Address that opens the app on this device.
    address: String,
    error: Option<String>,
}

impl SecondFactorPage {
    /// The page of a secret, with the error of the code.
    pub fn new(setup: &NewSecret, error: Option<FormError>) -> Result<SecondFactorPage> {
        let address = setup.address();
        let letters: Vec<char> = setup.secret().chars().collect();
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        let code = QrCode::of(&address, "QR code for your authenticator app")?;
        Ok(SecondFactorPage {
            qr_code: rendered(&code)?,
            secret: groups.join(" "),
            address,
            error: sentence(error.as_ref(), FIELD),
        })
    }
}

impl Status {
    /// Sentence about the recovery codes.
    pub fn codes_left(&self) -> String {
        match self.recovery_codes {
            0 => "You have no recovery codes left. Get new ones.".to_owned(),
            1 => "You have 1 recovery code left. Get new ones soon.".to_owned(),
            count => format!("You have {count} recovery codes left."),
        }
    }
}

/// Page with new recovery codes.
#[derive(Template)]
#[template(path = "accounts/recovery_codes.html")]
pub struct RecoveryCodesPage {
    pub codes: Vec<String>,
}
