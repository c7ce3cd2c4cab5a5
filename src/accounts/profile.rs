//! What people tell about themselves, and finding them.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

use super::{Accounts, User, store};
use crate::{
    db::{Conn, Tx, ids::UserId},
    error::{Error, Result},
};

/// The most characters of a display name.
const DISPLAY_NAME: usize = 64;
/// The most characters of the line about oneself.
const ABOUT: usize = 160;
/// People that one search finds at most.
pub const FOUND: i64 = 20;

/// A person as everyone with an account sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Their account.
    pub id: UserId,
    /// Their name, unique.
    pub username: Arc<str>,
    /// What they want to be called; empty for the username.
    pub display_name: Arc<str>,
    /// A line about themselves.
    pub about: String,
    /// An IANA time zone, `Europe/Berlin`; empty if they do not say.
    pub time_zone: String,
    /// Whether they run this server.
    pub is_admin: bool,
    /// When they registered (ms UTC).
    pub created_at: i64,
}

impl Profile {
    /// What to call them.
    pub fn shown(&self) -> &str {
        if self.display_name.is_empty() {
            &self.username
        } else {
            &self.display_name
        }
    }

    /// The time of day where they are, as `15:04`, and the zone's distance from UTC; none if they do
    /// not say where.
    pub fn local_time(&self, now: i64) -> Option<(String, String)> {
        let zone = TimeZone::get(&self.time_zone).ok()?;
        let there = Timestamp::from_millisecond(now)
            .ok()?
            .to_zoned_datetime(zone);
        let clock = there.strftime("%H:%M").to_string();
        Some((clock, there.strftime("UTC%:z").to_string()))
    }
}

/// A change of one's profile; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    pub about: Option<String>,
    pub time_zone: Option<String>,
}

impl ProfileChange {
    /// Takes what a person sent. The error is the field and a sentence.
    ///
    /// # Errors
    /// `Invalid` with what to do about it.
    pub fn parse(self) -> Result<ProfileChange, (&'static str, Error)> {
        let line = |text: Option<String>, most: usize, field: &'static str, name: &str| {
            let line = text.map(|text| one_line(&text));
            match &line {
                Some(line) if line.chars().count() > most => Err((
                    field,
                    Error::Invalid(format!("Shorten {name}: at most {most} characters.")),
                )),
                _ => Ok(line),
            }
        };
        if self
            .display_name
            .as_deref()
            .is_some_and(super::name::is_stacked)
        {
            let what = "Use at most three accents on one letter of the name.";
            return Err(("display_name", Error::Invalid(what.into())));
        }
        let time_zone = self.time_zone.map(|zone| zone.trim().to_owned());
        if let Some(zone) = &time_zone
            && !zone.is_empty()
            && (zone.len() > 64 || TimeZone::get(zone).is_err())
        {
            let what = "Name a time zone as in Europe/Berlin, or leave it empty.";
            return Err(("time_zone", Error::Invalid(what.into())));
        }
        Ok(ProfileChange {
            display_name: line(self.display_name, DISPLAY_NAME, "display_name", "the name")?,
            about: line(self.about, ABOUT, "about", "the line about yourself")?,
            time_zone,
        })
    }
}

/// One line without invisible characters, blanks at its ends or twice in a row.
pub fn one_line(text: &str) -> String {
    let visible = text.chars().map(|c| match c {
        c if c.is_control() || super::name::is_invisible(c) && !joins(c) => ' ',
        c => c,
    });
    let visible: String = visible.collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What holds emoji and some scripts together is invisible, too, and belongs to them.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}' | '\u{E0020}'..='\u{E007F}'
    )
}

impl Accounts {
    /// Somebody's profile, by their username in any case.
    ///
    /// # Errors
    /// `NotFound` when nobody is called so.
    pub async fn profile(&self, username: &str) -> Result<Profile> {
        let username = username.to_owned();
        let find = self.db().read(move |conn| find(conn, &username));
        find.await?.ok_or(Error::NotFound)
    }

    /// Changes one's own profile.
    ///
    /// # Errors
    /// `Conflict` for a display name that is somebody else's username, or looks like it.
    pub async fn change_profile(&self, user: &User, change: ProfileChange) -> Result<Profile> {
        let (id, its) = (user.id, self.0.clone());
        let write = move |tx: &mut Tx| {
            if let Some(name) = &change.display_name
                && store::is_name_of_another(tx.conn, id, name)?
            {
                let what = "Somebody else has this username, or one that looks like it.";
                return Err(Error::Conflict(what.into()));
            }
            store::change_profile(tx.conn, id, &change)?;
            tx.after_commit(move || (its.renamed)(id));
            store::profile(tx.conn, id)?.ok_or(Error::NotFound)
        };
        self.db().write(write).await
    }

    /// People whose names contain `words`, those that begin so first; at most [`FOUND`] of them from
    /// `skip` on, and whether there are more. With no words, everyone by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn search(&self, words: &str, skip: i64) -> Result<(Vec<Profile>, bool)> {
        let words = one_line(words);
        let search = move |conn: &mut Conn| store::search(conn, &words, FOUND + 1, skip);
        let mut found = self.db().read(search).await?;
        let more = found.len() as i64 > FOUND;
        found.truncate(FOUND as usize);
        Ok((found, more))
    }
}

/// Somebody by their username in any case; a look-alike finds nobody.
///
/// # Errors
/// Those of the database.
pub fn find(conn: &mut Conn, username: &str) -> Result<Option<Profile>> {
    store::profile_of_name(conn, username.trim().trim_start_matches('@'))
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
            change.parse().map_err(|(field, _)| field)
        };
        let kept = change("  a\n b\u{202E} c ", " Europe/Berlin ").expect("both are fine");
        assert_eq!(kept.about.as_deref(), Some("a b c"));
        assert_eq!(kept.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(change(&"x".repeat(161), "").err(), Some("about"));
        assert_eq!(change("", "Mars/Olympus").err(), Some("time_zone"));
        assert!(change("", "").is_ok(), "both can be taken back");
    }

    #[test]
    fn families_of_emoji_stay_together() {
        assert_eq!(one_line("👩‍👩‍👧 ❤️"), "👩‍👩‍👧 ❤️");
    }
}
