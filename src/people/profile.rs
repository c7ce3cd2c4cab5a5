//! Rules for profiles.

use jiff::{Timestamp, tz::TimeZone};

use super::{Profile, ProfileChange};
use crate::{
    accounts::{AvatarSource, ServerRole, is_stacked, is_system_name, one_line, shown_name},
    db::time,
    error::{Error, Result},
    web::form_error::FormError,
};

/// Limit of a display name (characters).
const DISPLAY_NAME: usize = 64;
/// Limit of the "about" line (characters).
const ABOUT: usize = 160;

impl Profile {
    /// The name under which pages show them.
    pub fn shown(&self) -> &str {
        shown_name(&self.username, &self.display_name)
    }

    /// Whether the account was deleted. The profile stays for its messages.
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Their role on the server.
    pub fn server_role(&self) -> ServerRole {
        ServerRole::of(self.is_admin, &self.role)
    }

    /// Name of a role that pages show; `None` for members.
    pub fn role_label(&self) -> Option<&'static str> {
        match self.server_role() {
            ServerRole::Admin => Some("Server admin"),
            ServerRole::Moderator => Some("Moderator"),
            ServerRole::Guest => Some("Guest"),
            ServerRole::Member => None,
        }
    }

    /// End of their suspension in words; `None` without one.
    pub fn suspension(&self) -> Option<String> {
        let until = self.suspended_until;
        match until > time::now() {
            true if until == i64::MAX => Some("Suspended".into()),
            true => Some(format!("Suspended until {}", time::day_label(until))),
            false => None,
        }
    }

    /// Whether they are a guest.
    pub fn is_guest(&self) -> bool {
        self.server_role() == ServerRole::Guest
    }

    /// End of their access as a guest (ms UTC).
    pub fn guest_until(&self) -> Option<i64> {
        self.access_ends.filter(|_| self.is_guest())
    }

    /// Last day of their access as a guest, in UTC.
    pub fn last_day(&self) -> Option<String> {
        self.guest_until().map(time::last_day)
    }

    /// Their picture or letters, at most 48 px wide on a page.
    pub fn avatar(&self) -> AvatarSource {
        AvatarSource::small(self.id, self.avatar)
    }

    /// Their picture or letters, wider than 48 px on a page.
    pub fn large_avatar(&self) -> AvatarSource {
        AvatarSource::large(self.id, self.avatar)
    }

    /// Local time as `15:04`, and the offset from UTC; `None` without a time zone.
    pub fn local_time(&self, now: i64) -> Option<(String, String)> {
        let zone = TimeZone::get(&self.time_zone).ok()?;
        let now = Timestamp::from_millisecond(now).ok()?;
        let there = now.to_zoned_datetime(zone);
        let clock = there.strftime("%H:%M").to_string();
        Some((clock, there.strftime("UTC%:z").to_string()))
    }
}

impl ProfileChange {
    /// Bytes of the texts in it.
    pub(super) fn text_size(&self) -> usize {
        let texts = [&self.display_name, &self.about];
        texts.into_iter().flatten().map(String::len).sum()
    }

    /// Checks the fields and joins each text into one line. `Invalid` contains advice for the user.
    pub fn parse(self) -> Result<ProfileChange, FormError> {
        let invalid = |field, what: String| FormError::at(field, Error::Invalid(what));
        let line = |text: Option<String>, most: usize, field, name: &str| {
            let line = text.map(|text| one_line(&text));
            match &line {
                Some(line) if line.chars().count() > most => {
                    let what = format!("Your {name} can be at most {most} characters.");
                    Err(invalid(field, what))
                }
                _ => Ok(line),
            }
        };
        let name = self.display_name;
        if name.as_deref().is_some_and(is_stacked) {
            let what = "That name has too many accents on one letter.";
            return Err(invalid("display_name", what.into()));
        }
        if name.as_deref().is_some_and(is_system_name) {
            let what = "That name is reserved. Try another.";
            return Err(invalid("display_name", what.into()));
        }
        let time_zone = self.time_zone.map(|zone| zone.trim().to_owned());
        if let Some(zone) = &time_zone
            && !zone.is_empty()
            && (zone.len() > 64 || TimeZone::get(zone).is_err())
        {
            let what = "Choose a time zone such as Europe/Berlin, or leave it blank.";
            return Err(invalid("time_zone", what.into()));
        }
        Ok(ProfileChange {
            display_name: line(name, DISPLAY_NAME, "display_name", "display name")?,
            about: line(self.about, ABOUT, "about", "bio")?,
            time_zone,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::ids::UserId;

    fn living_in(zone: &str) -> Profile {
        Profile {
            id: UserId(1),
            username: "ada".into(),
            display_name: "".into(),
            about: String::new(),
            time_zone: zone.into(),
            is_admin: false,
            role: "member".into(),
            suspended_until: 0,
            avatar: None,
            created_at: 0,
            access_ends: None,
            deleted_at: None,
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
        let changed = change("  a\n b\u{202E} c ", " Europe/Berlin ").expect("both are fine");
        assert_eq!(changed.about.as_deref(), Some("a b c"));
        assert_eq!(changed.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(change(&"x".repeat(161), "").err(), Some("about"));
        assert_eq!(change("", "Mars/Olympus").err(), Some("time_zone"));
        assert!(change("", "").is_ok(), "both can be taken back");
    }
}
