//! Values of the settings: one key, one parser and one text for each.

use super::{
    Accent, CustomCss, MinimumRole, RegistrationMode, ServerLimits,
    limits::{limit, shown},
    parsers,
};
use crate::{
    config::Config,
    error::{Error, Result},
};

/// Days for which the audit log is stored, unless an admin changes it.
const AUDIT_RETENTION_DAYS: u32 = 365;

/// Keys of all settings, as in JSON, forms and `chatterbox admin set`.
pub const KEYS: [&str; 14] = [
    "name",
    "accent",
    "welcome",
    "registration",
    "create_rooms",
    "invite_people",
    "edit_minutes",
    "text_per_day",
    "max_file",
    "files_per_person",
    "files_total",
    "retention_days",
    "custom_css",
    "audit_retention_days",
];

/// Values of all settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerSettings {
    /// Name of the server, which pages show.
    pub name: String,
    /// Hash of the picture of the server, which pages show beside its name.
    pub logo: Option<String>,
    /// Color of buttons, links and own messages; `None` for the default.
    pub accent: Option<Accent>,
    /// Markdown that people see before they log in, and members in an empty room.
    pub welcome: String,
    /// Ways to get an account.
    pub registration: RegistrationMode,
    /// Days for which the audit log is stored; 0 stores it forever.
    pub audit_retention_days: u32,
    /// Least role that can make rooms.
    pub create_rooms: MinimumRole,
    /// Least role that can invite people to the server.
    pub invite_people: MinimumRole,
    /// Minutes in which authors can edit their messages; 0 for no limit.
    pub edit_minutes: u32,
    /// ServerLimits of texts and files.
    pub limits: ServerLimits,
    /// Days after which messages are erased; 0 for never.
    pub retention_days: u32,
    /// Styles for all pages.
    pub custom_css: CustomCss,
    /// Upper bounds of `limits`.
    bounds: ServerLimits,
}

impl Default for ServerSettings {
    fn default() -> ServerSettings {
        ServerSettings {
            name: "Chatterbox".into(),
            logo: None,
            accent: None,
            welcome: String::new(),
            registration: RegistrationMode::default(),
            audit_retention_days: AUDIT_RETENTION_DAYS,
            create_rooms: MinimumRole::Members,
            invite_people: MinimumRole::Members,
            edit_minutes: 0,
            limits: ServerLimits::none(),
            retention_days: 0,
            custom_css: CustomCss::default(),
            bounds: ServerLimits::none(),
        }
    }
}

impl ServerSettings {
    /// Defaults of a server: limits of the command line, and registration by invitation if people on other machines
    /// can reach it.
    pub fn of(config: &Config) -> ServerSettings {
        ServerSettings {
            registration: match config.needs_setup() {
                true => RegistrationMode::Invitation,
                false => RegistrationMode::Open,
            },
            limits: ServerLimits::of(config),
            bounds: ServerLimits::of(config),
            ..ServerSettings::default()
        }
    }

    /// Sets the value of a key. An empty text resets those that may be empty.
    ///
    /// # Errors
    /// `Invalid` for an unknown key or a value that it cannot have.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let value = value.trim();
        let (limits, bounds) = (&mut self.limits, &self.bounds);
        match key {
            "name" => self.name = parsers::name(value)?,
            "accent" if value.is_empty() => self.accent = None,
            "accent" => self.accent = Some(Accent::parse(value).map_err(Error::Invalid)?),
            "welcome" => self.welcome = parsers::welcome(value)?,
            "registration" => self.registration = parsers::registration(value)?,
            "create_rooms" => self.create_rooms = parsers::minimum_role(value)?,
            "invite_people" => self.invite_people = parsers::minimum_role(value)?,
            "edit_minutes" => self.edit_minutes = parsers::edit_minutes(value)?,
            "text_per_day" => {
                let size = limit(value, bounds.text_per_day, "--text-per-day");
                limits.text_per_day = size.map_err(Error::Invalid)?;
            }
            "audit_retention_days" => self.audit_retention_days = parsers::retention_days(value)?,
            "max_file" => {
                let size = limit(value, bounds.max_file, "--max-file");
                limits.max_file = size.map_err(Error::Invalid)?;
            }
            "files_per_person" => {
                let size = limit(value, bounds.files_per_person, "--files-per-person");
                limits.files_per_person = size.map_err(Error::Invalid)?;
            }
            "files_total" if value.is_empty() => limits.files_total = bounds.files_total,
            "files_total" => {
                let most = bounds.files_total.unwrap_or(u64::MAX);
                let size = limit(value, most, "--files-total");
                limits.files_total = Some(size.map_err(Error::Invalid)?);
            }
            "retention_days" => self.retention_days = parsers::retention_days(value)?,
            "custom_css" => self.custom_css = CustomCss::parse(value).map_err(Error::Invalid)?,
            _ => return Err(unknown(key)),
        }
        Ok(())
    }

    /// The value of a key, as [`ServerSettings::set`] takes it.
    ///
    /// # Errors
    /// `Invalid` for an unknown key.
    pub fn get(&self, key: &str) -> Result<String> {
        let limits = &self.limits;
        Ok(match key {
            "name" => self.name.clone(),
            "accent" => self
                .accent
                .map_or(String::new(), |accent| accent.to_string()),
            "welcome" => self.welcome.clone(),
            "registration" => self.registration.name().into(),
            "audit_retention_days" => self.audit_retention_days.to_string(),
            "create_rooms" => self.create_rooms.name().into(),
            "invite_people" => self.invite_people.name().into(),
            "edit_minutes" => self.edit_minutes.to_string(),
            "text_per_day" => shown(limits.text_per_day),
            "max_file" => shown(limits.max_file),
            "files_per_person" => shown(limits.files_per_person),
            "files_total" => limits.files_total.map_or(String::new(), shown),
            "retention_days" => self.retention_days.to_string(),
            "custom_css" => self.custom_css.text().into(),
            _ => return Err(unknown(key)),
        })
    }

    /// URL path of the stylesheet with the accent color.
    pub fn accent_url(&self) -> Option<String> {
        let accent = self.accent?.to_string();
        Some(format!("/brand/accent-{}.css", &accent[1..]))
    }

    /// URL path of the picture of the server, in a size that screens of double density need.
    pub fn logo_url(&self) -> Option<String> {
        let hash = self.logo.as_ref()?;
        Some(format!("/brand/logo-{}", &hash[..16]))
    }
}

fn unknown(key: &str) -> Error {
    Error::Invalid(format!(
        "There is no setting “{key}”. Settings are {}.",
        KEYS.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_takes_the_value_that_it_returns() {
        let mut settings = ServerSettings::default();
        for key in KEYS {
            let value = settings.get(key).expect("a known key");
            assert_eq!(settings.set(key, &value), Ok(()), "{key}");
        }
        assert_eq!(settings, ServerSettings::default());
    }

    #[test]
    fn an_unknown_key_and_an_unusable_value_are_refused() {
        let mut settings = ServerSettings::default();
        for (key, value) in [
            ("nam", "x"),
            ("logo", "x"),
            ("name", " "),
            ("accent", "#ffff00"),
            ("registration", "maybe"),
            ("create_rooms", "nobody"),
            ("edit_minutes", "-1"),
            ("max_file", "much"),
            ("retention_days", "soon"),
            ("audit_retention_days", "-1"),
            ("audit_retention_days", "36501"),
            ("custom_css", "@import 'x'"),
        ] {
            assert!(settings.set(key, value).is_err(), "{key}");
        }
        assert_eq!(settings, ServerSettings::default());
    }
}
