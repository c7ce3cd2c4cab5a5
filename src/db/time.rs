//! Points in time as the database stores them (milliseconds since 1970 in UTC) and their text forms.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::Serializer;
use uuid::Uuid;

use crate::error::{Error, Result};

/// Milliseconds of a day.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// The current time, in milliseconds UTC. Negative if the clock of the server stands before 1970.
pub fn now() -> i64 {
    #[cfg(test)]
    if let Some(set) = tests::CLOCK.get() {
        return set;
    }
    Timestamp::now().as_millisecond()
}

/// Fails if the clock of the server stands before 1970.
pub fn check_clock() -> Result<()> {
    match now() {
        ..0 => Err(Error::WrongClock),
        _ => Ok(()),
    }
}

/// A UUID; later ones are greater, so that those of one commit are near each other in their index.
pub fn new_uuid() -> Uuid {
    match check_clock() {
        Ok(()) => Uuid::now_v7(),
        Err(_) => Uuid::new_v4(), // version 7 needs a time after 1970
    }
}

/// ISO 8601 with milliseconds: `2026-11-22T09:15:00.123Z`.
pub fn iso(ms: i64) -> String {
    format!("{:.3}Z", utc(ms))
}

/// Serializes a time (ms UTC) as [`iso`] does, for `serde(serialize_with)`.
pub fn serialize_iso<S: Serializer>(
    ms: &i64,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&iso(*ms))
}

/// The form of HTTP headers (RFC 9110): `Sun, 22 Nov 2026 09:15:00 GMT`.
pub fn http_date(ms: i64) -> String {
    format(ms, "%a, %d %b %Y %H:%M:%S GMT")
}

/// Hours and minutes: `09:15`.
pub fn clock(ms: i64) -> String {
    let at = utc(ms);
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// Hours, minutes and seconds: `09:15:07`.
pub fn seconds(ms: i64) -> String {
    format(ms, "%H:%M:%S")
}

/// The date: `2026-11-22`. Two times are on the same day when these are equal.
pub fn day(ms: i64) -> String {
    format(ms, "%Y-%m-%d")
}

/// The first millisecond of a date (`2026-11-22`) in UTC; `None` if the text is not a date.
pub fn day_begin(date: &str) -> Option<i64> {
    let date: Date = date.trim().parse().ok()?;
    let begin = TimeZone::UTC.to_timestamp(date.into()).ok()?;
    Some(begin.as_millisecond())
}

/// The date for readers: `22 November 2026`.
pub fn day_label(ms: i64) -> String {
    format(ms, "%-d %B %Y")
}

/// The last day before a time, for readers: `12 December 2026` for all of that day and for the midnight after it.
pub fn last_day(end: i64) -> String {
    day_label(end.saturating_sub(1))
}

fn format(ms: i64, format: &str) -> String {
    utc(ms).strftime(format).to_string()
}

/// The date and time in UTC. Values outside the calendar become its first or last moment.
/// `jiff::Timestamp` is not used because its range ends a day before 31 December 9999.
fn utc(ms: i64) -> DateTime {
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0).saturating_add(SignedDuration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// The clock (ms UTC) of a test, on its thread.
        pub static CLOCK: Cell<Option<i64>> = const { Cell::new(None) };
    }

    #[tokio::test]
    async fn a_clock_before_1970_saves_nothing_and_says_so() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let db = crate::db::Db::open(home.path(), || {}).expect("an empty folder");
        for (clock, expected) in [
            (Some(0), Ok(())),
            (Some(-1), Err(Error::WrongClock)),
            (Some(-DAY * 10_000), Err(Error::WrongClock)),
            (Some(i64::MIN), Err(Error::WrongClock)),
            (Some(DAY), Ok(())),
            (None, Ok(())),
        ] {
            CLOCK.set(clock);
            assert_eq!(db.write(|_| Ok(())).await, expected, "{clock:?}");
            assert_ne!(new_uuid(), new_uuid(), "{clock:?}");
            assert_eq!(
                crate::web::headers::date().is_some(),
                expected.is_ok(),
                "{clock:?}"
            );
        }
        CLOCK.set(Some(-1));
        let refused = crate::db::Db::open(home.path(), || {}).err();
        assert!(refused.is_some_and(|why| why.contains("before 1970")));
        assert_eq!(Error::WrongClock.status(), 503);
        assert!(Error::WrongClock.to_string().contains("clock is wrong"));
    }

    #[test]
    fn a_time_has_every_text_form() {
        let ms = 1_795_338_907_123; // 2026-11-22 09:15:07.123
        assert_eq!(iso(ms), "2026-11-22T09:15:07.123Z");
        assert_eq!(http_date(ms), "Sun, 22 Nov 2026 09:15:07 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(clock(ms), "09:15");
        assert_eq!(seconds(ms), "09:15:07");
        assert_eq!(day(ms), "2026-11-22");
        assert_eq!(day_label(ms), "22 November 2026");
        assert_eq!(day_label(0), "1 January 1970");
    }

    #[test]
    fn known_times_have_the_right_date() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_000_000_000_000, "2001-09-09T01:46:40.000Z"),
            (1_234_567_890_000, "2009-02-13T23:31:30.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (1_735_603_200_000, "2024-12-31T00:00:00.000Z"),
            (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (4_107_456_000_000, "2100-02-28T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(iso(ms), expected);
        }
    }

    #[test]
    fn each_day_of_eight_hundred_years_follows_the_previous_day() {
        let mut expected = jiff::civil::date(1600, 1, 1);
        for days in -135_140..157_055 {
            assert_eq!(utc(days * 86_400_000).date(), expected);
            expected = expected.tomorrow().expect("a later date");
        }
        assert_eq!(expected, jiff::civil::date(2400, 1, 2));
    }

    #[test]
    fn extreme_values_do_not_panic() {
        for ms in [i64::MIN, i64::MIN + 1, i64::MAX] {
            assert!(iso(ms).ends_with('Z') && !day_label(ms).is_empty() && clock(ms).len() == 5);
        }
    }

    #[test]
    fn the_current_time_is_in_milliseconds() {
        let years_2026_to_3000 = 1_767_225_600_000..32_503_680_000_000;
        assert!(years_2026_to_3000.contains(&now()));
    }
}
