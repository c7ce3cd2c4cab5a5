//! Admin pages as HTML.

use std::collections::BTreeMap;

use askama::Template;

use crate::{
    app::App,
    error::Error,
    rooms::Room,
    settings::{KEYS, RegistrationMode},
    web::{
        form_error::{FormError, sentence},
        picture_section::PictureSection,
    },
};

/// Warning about the settings; `None` if there is nothing to warn of.
pub fn warning(app: &App) -> Option<&'static str> {
    let is_open = app.settings.current().registration == RegistrationMode::Open;
    let warns = is_open && app.config.is_reachable();
    warns.then_some(
        "Anyone who can open this site can create an account. If that’s not what you want, change who can register.",
    )
}

/// List of admin pages.
#[derive(Template)]
#[template(path = "admin/index.html")]
pub struct IndexPage {
    pub warning: Option<&'static str>,
}

/// Page with all settings.
#[derive(Template)]
#[template(path = "admin/settings.html")]
pub struct ServerSettingsPage {
    /// Values by key, as the fields show them.
    values: BTreeMap<&'static str, String>,
    /// Rooms that new accounts can join, with whether they do.
    rooms: Vec<(Room, bool)>,
    picture: PictureSection,
    warning: Option<&'static str>,
    /// Whether the change of another form has just been saved.
    pub saved: bool,
    /// Whether the browser shows pages without custom CSS.
    is_safe: bool,
    error: Option<FormError>,
}

impl ServerSettingsPage {
    /// The page with the current values.
    pub fn new(app: &App, rooms: Vec<(Room, bool)>, is_safe: bool) -> ServerSettingsPage {
        let settings = app.settings.current();
        let value = |key: &'static str| (key, settings.get(key).unwrap_or_default());
        let logo = settings.logo_url();
        ServerSettingsPage {
            values: KEYS.into_iter().map(value).collect(),
            rooms,
            picture: PictureSection {
                title: "Logo",
                address: "/admin/settings/logo".into(),
                shape: "square",
                is_set: logo.is_some(),
                preview: logo,
                error: None,
            },
            warning: warning(app),
            saved: false,
            is_safe,
            error: None,
        }
    }

    /// Sets the value of a field as it was sent.
    pub fn typed(&mut self, key: &str, value: String) {
        if let Some(known) = KEYS.iter().find(|known| **known == key) {
            self.values.insert(known, value);
        }
    }

    /// Adds the error of a form.
    pub fn refused(mut self, refused: FormError) -> ServerSettingsPage {
        self.picture.error = sentence(Some(&refused), "logo");
        self.error = Some(refused);
        self
    }

    fn value(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.value(key) == value
    }

    /// A number, or an empty field for 0.
    fn number(&self, key: &str) -> &str {
        match self.value(key) {
            "0" => "",
            number => number,
        }
    }

    fn error_at(&self, field: &str) -> Option<String> {
        sentence(self.error.as_ref(), field)
    }

    /// Whether the retention needs to be confirmed.
    fn asks(&self) -> bool {
        let is_conflict = |error: &FormError| matches!(error.error, Error::Conflict(_));
        self.error.as_ref().is_some_and(is_conflict)
    }
}
