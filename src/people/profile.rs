//! Profile: the data that every user sees of another.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    accounts::{is_stacked, one_line},
    db::ids::UserId,
    error::{Error, Result},
    web::form_error::FormError,
};

/// Limit of a display name (characters).
const DISPLAY_NAME: usize = 64;
/// Limit of the "about" line (characters).
const ABOUT: usize = 160;

/// A person as everyone with an account sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub id: UserId,
    /// Unique name.
    pub username: Arc<str>,
    /// Display name; empty for the username.
    pub display_name: Arc<str>,
    /// Line about the user.
    pub about: String,
    /// IANA time zone such as `Europe/Berlin`; empty if unset.
    pub time_zone: String,
    /// Whether they are a server administrator.
    pub is_admin: bool,
    /// Time of registration (ms UTC).
    pub created_at: i64,
}

impl Profile {
    /// Display name.
    pub fn shown(&self) -> &str {
        if self.display_name.is_empty() {
            &self.username
        } else {
            &self.display_name
        }
    }

    /// Local time as `15:04`, and the offset from UTC; `None` without a time zone.
    pub fn local_time(&self, now: i64) -> Option<(String, String)> {
        let zone = TimeZone::get(&self.time_zone).ok()?;
        let there = Timestamp::from_millisecond(now)
            .ok()?
            .to_zoned_datetime(zone);
        let clock = there.strftime("%H:%M").to_string();
        Some((clock, there.strftime("UTC%:z").to_string()))
    }
}

/// Change of a profile; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    pub about: Option<String>,
    pub time_zone: Option<String>,
}

impl ProfileChange {
    /// Checks a change that a user sent.
    ///
    /// # Errors
    /// `Invalid` with what to do about it, at its field.
    pub fn parse(self) -> Result<ProfileChange, FormError> {
        let line = |text: Option<String>, most: usize, field: &'static str, name: &str| {
            let line = text.map(|text| one_line(&text));
            match &line {
                Some(line) if line.chars().count() > most => Err(FormError::at(
                    field,
                    Error::Invalid(format!("Your {name} can be at most {most} characters.")),
                )),
                _ => Ok(line),
            }
        };
        if self.display_name.as_deref().is_some_and(is_stacked) {
            let what = "That name has too many accents on one letter.";
            return Err(FormError::at("display_name", Error::Invalid(what.into())));
        }
        let time_zone = self.time_zone.map(|zone| zone.trim().to_owned());
        if let Some(zone) = &time_zone
            && !zone.is_empty()
            && (zone.len() > 64 || TimeZone::get(zone).is_err())
        {
            let what = "Choose a time zone such as Europe/Berlin, or leave it blank.";
            return Err(FormError::at("time_zone", Error::Invalid(what.into())));
        }
        Ok(ProfileChange {
            display_name: line(
                self.display_name,
                DISPLAY_NAME,
                "display_name",
                "display name",
            )?,
            about: line(self.about, ABOUT, "about", "bio")?,
            time_zone,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn living_in(zone: &str) -> Profile {
        Profile {
            id: UserId(1),
            username: "ada".into(),
            display_name: "".into(),
            about: String::new(),
            time_zone: zone.into(),
            is_admin: false,
            created_at: 0,
        }
    }

    #[test]
    fn a_zone_becomes_the_time_of_day_there() {
        let noon = 1_795_348_800_000; // 2026-11-22 12:00 UTC
        let there = living_in("Asia/Kolkata").local_time(noon);
        assert_eq!(there, Some(("17:30".into(), "UTC+05:30".into())));
        assert_eq!(living_in("").local_time(noon), None);
        assert_eq!(living_in("Europe/Atlantis").local_time(noon), None);
    }

    #[test]
    fn a_profile_is_lines_that_fit_and_a_zone_that_exists() {
        let change = |about: &str, zone: &str| {
            let change = ProfileChange {
                about: Some(about.into()),
                time_zone: Some(zone.into()),
                ..ProfileChange::default()
            };
            change.parse().map_err(|refused| refused.field)
        };
        let kept = change("  a\n b\u{202E} c ", " Europe/Berlin ").expect("both are fine");
        assert_eq!(kept.about.as_deref(), Some("a b c"));
        assert_eq!(kept.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(change(&"x".repeat(161), "").err(), Some("about"));
        assert_eq!(change("", "Mars/Olympus").err(), Some("time_zone"));
        assert!(change("", "").is_ok(), "both can be taken back");
    }
}
