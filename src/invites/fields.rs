//! Fields of a new invite link, and their limits.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::recipients;
use crate::{
    accounts::one_line,
    db::{ids::RoomId, time},
    error::Error,
    mail::MailAddress,
    web::form_error::FormError,
};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Longest note (characters).
const NOTE: usize = 200;
/// Longest lifetime of a link and of the access of a guest (days).
const MAX_DAYS: i64 = 366;
/// Most uses of a link with a limit.
const MAX_USES: i64 = 1_000;
/// Most rooms of a link.
const MAX_ROOMS: usize = 20;

/// Checked fields of a link to create.
pub struct NewInviteLink {
    pub expires_at: Option<i64>,
    pub max_uses: Option<i64>,
    pub note: String,
    pub guest_until: Option<i64>,
    pub rooms: Vec<RoomId>,
    /// Addresses to which the link is mailed.
    pub recipients: Vec<MailAddress>,
}

/// Fields of a link as they were sent.
pub struct LinkFields {
    /// Lifetime in days.
    pub days: Option<i64>,
    pub max_uses: Option<i64>,
    pub note: String,
    /// Last day of the access of guests, or its end as a time; `None` for members.
    pub guest_until: Option<String>,
    pub rooms: Vec<i64>,
    /// Addresses to which the link is mailed.
    pub send_to: Vec<String>,
}

impl LinkFields {
    /// Checks the fields. `Invalid` contains advice for the user.
    pub fn parse(self, now: i64) -> Result<NewInviteLink, FormError> {
        if self
            .days
            .is_some_and(|days| !(1..=MAX_DAYS).contains(&days))
        {
            let what = format!("A link can be valid for 1 to {MAX_DAYS} days.");
            return Err(invalid("expires_in_days", what));
        }
        if self
            .max_uses
            .is_some_and(|uses| !(1..=MAX_USES).contains(&uses))
        {
            let what = format!("A link can have 1 to {MAX_USES} uses.");
            return Err(invalid("max_uses", what));
        }
        let note = one_line(&self.note);
        if note.chars().count() > NOTE {
            let what = format!("The note can be at most {NOTE} characters.");
            return Err(invalid("note", what));
        }
        let rooms: BTreeSet<RoomId> = self.rooms.into_iter().map(RoomId).collect();
        if rooms.len() > MAX_ROOMS {
            let what = format!("Choose up to {MAX_ROOMS} rooms.");
            return Err(invalid("rooms", what));
        }
        if self.guest_until.is_some() && rooms.is_empty() {
            let what = "Choose at least one room. Guests see only the rooms in their invitation.";
            return Err(invalid("rooms", what.into()));
        }
        let recipients = recipients::parse(&self.send_to, self.max_uses)?;
        let guest_until = self.guest_until.map(|end| end_of_access(&end, now));
        Ok(NewInviteLink {
            expires_at: self.days.map(|days| now + days * DAY),
            max_uses: self.max_uses,
            note,
            guest_until: guest_until.transpose()?,
            rooms: rooms.into_iter().collect(),
            recipients,
        })
    }
}

/// End of the access of a guest: after a day (`2026-12-12`), or at a time (`2026-12-12T12:00:00Z`).
fn end_of_access(text: &str, now: i64) -> Result<i64, FormError> {
    let after_day = time::day_begin(text).map(|begin| begin + DAY);
    let at_time = || text.trim().parse::<Timestamp>().ok();
    let end = after_day.or_else(|| at_time().map(Timestamp::as_millisecond));
    match end {
        Some(end) if end > now + (MAX_DAYS + 1) * DAY => Err(invalid(
            "guest_until",
            "Choose a date within a year.".into(),
        )),
        Some(end) if end > now => Ok(end),
        Some(_) => Err(invalid(
            "guest_until",
            "Choose a date in the future.".into(),
        )),
        None => {
            let what = "Enter the last day of their access, such as 2026-12-31.";
            Err(invalid("guest_until", what.into()))
        }
    }
}

fn invalid(field: &'static str, what: String) -> FormError {
    FormError::at(field, Error::Invalid(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_348_800_000; // 2026-11-22 12:00 UTC

    #[test]
    fn access_ends_after_its_last_day_or_at_a_time() {
        let end = |text: &str| {
            end_of_access(text, NOW)
                .map_err(|refused| refused.field)
                .ok()
        };
        assert_eq!(end("2026-11-22"), Some(NOW + DAY / 2), "today");
        assert_eq!(end("2026-11-22T12:00:01Z"), Some(NOW + 1000));
        for text in [
            "2026-11-21",
            "2026-11-22T12:00:00Z",
            "2029-01-01",
            "",
            "soon",
        ] {
            assert_eq!(end(text), None, "{text}");
        }
    }

    #[test]
    fn fields_out_of_range_are_refused_at_their_field() {
        let fields = || LinkFields {
            days: Some(7),
            max_uses: Some(1),
            note: " for\nthe team ".into(),
            guest_until: None,
            rooms: vec![2, 1, 2],
            send_to: Vec::new(),
        };
        let parsed = fields().parse(0).expect("all are fine");
        assert_eq!(
            (parsed.expires_at, &*parsed.note),
            (Some(7 * DAY), "for the team")
        );
        assert_eq!(parsed.rooms, [RoomId(1), RoomId(2)]);
        let refused = |change: fn(&mut LinkFields)| {
            let mut changed = fields();
            change(&mut changed);
            changed.parse(0).err().map(|refused| refused.field)
        };
        assert_eq!(refused(|link| link.days = Some(0)), Some("expires_in_days"));
        assert_eq!(refused(|link| link.max_uses = Some(-1)), Some("max_uses"));
        assert_eq!(refused(|link| link.note = "x".repeat(201)), Some("note"));
        assert_eq!(
            refused(|link| link.rooms = (0..21).collect()),
            Some("rooms")
        );
        let guests = |link: &mut LinkFields| {
            (link.guest_until, link.rooms) = (Some("1970-01-02".into()), Vec::new());
        };
        assert_eq!(refused(guests), Some("rooms"));
    }
}
