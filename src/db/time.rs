//! Moments as the database keeps them: milliseconds since 1970 in UTC, and how they are written.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The present, in milliseconds UTC.
pub fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

/// ISO 8601 with milliseconds: `2026-11-22T09:15:00.123Z`.
pub fn iso(ms: i64) -> String {
    let m = Moment::of(ms);
    format!("{}T{}.{:03}Z", day(ms), seconds(ms), m.milli)
}

/// Hours and minutes: `09:15`.
pub fn clock(ms: i64) -> String {
    let m = Moment::of(ms);
    format!("{:02}:{:02}", m.hour, m.minute)
}

/// Hours, minutes and seconds: `09:15:07`.
pub fn seconds(ms: i64) -> String {
    let m = Moment::of(ms);
    format!("{:02}:{:02}:{:02}", m.hour, m.minute, m.second)
}

/// The date: `2026-11-22`. Two moments are on the same day when these are equal.
pub fn day(ms: i64) -> String {
    let m = Moment::of(ms);
    format!("{:04}-{:02}-{:02}", m.year, m.month, m.day)
}

/// The first millisecond of a date (`2026-11-22`) in UTC; none for what is no date.
pub fn day_begin(date: &str) -> Option<i64> {
    let date: jiff::civil::Date = date.trim().parse().ok()?;
    let begin = jiff::tz::TimeZone::UTC.to_timestamp(date.into()).ok()?;
    Some(begin.as_millisecond())
}

/// The date for people: `22 November 2026`.
pub fn day_label(ms: i64) -> String {
    let m = Moment::of(ms);
    format!("{} {} {}", m.day, MONTHS[m.month - 1], m.year)
}

/// A moment in the parts of the Gregorian calendar.
struct Moment {
    year: i64,
    /// 1 to 12.
    month: usize,
    /// 1 to 31.
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    milli: i64,
}

impl Moment {
    fn of(ms: i64) -> Moment {
        let (year, month, day) = date(ms.div_euclid(DAY_MS));
        let rest = ms.rem_euclid(DAY_MS);
        Moment {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            milli: rest % 1000,
        }
    }
}

/// Year, month and day of a count of days since 1970-01-01.
///
/// The years are counted from 1 March, so that the leap day is the last of its year; then
/// 400 years always have 146,097 days, and each run of five months from March has 153.
fn date(days: i64) -> (i64, usize, i64) {
    let days = days + 719_468; // from 0000-03-01 to 1970-01-01
    let era = days.div_euclid(146_097);
    let in_era = days.rem_euclid(146_097);
    let year = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year + i64::from(month <= 2);
    (year, month as usize, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_every_way() {
        let ms = 1_795_338_907_123; // 2026-11-22 09:15:07.123
        assert_eq!(iso(ms), "2026-11-22T09:15:07.123Z");
        assert_eq!(clock(ms), "09:15");
        assert_eq!(seconds(ms), "09:15:07");
        assert_eq!(day(ms), "2026-11-22");
        assert_eq!(day_label(ms), "22 November 2026");
        assert_eq!(day_label(0), "1 January 1970");
    }

    #[test]
    fn known_moments_are_right() {
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
    fn every_day_of_eight_hundred_years_follows_the_one_before() {
        let (mut year, mut month, mut dom) = (1600, 1, 1);
        for days in -135_140..157_055 {
            assert_eq!(date(days), (year, month, dom));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + i64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            dom += 1;
            if dom > length {
                (month, dom) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, dom), (2400, 1, 2));
    }

    #[test]
    fn no_moment_makes_it_fail() {
        for ms in [i64::MIN, i64::MIN + 1, i64::MAX] {
            assert!(iso(ms).ends_with('Z') && !day_label(ms).is_empty() && clock(ms).len() == 5);
        }
    }

    #[test]
    fn the_present_is_later_than_this_line_and_in_milliseconds() {
        assert!(
            (1_767_225_600_000..32_503_680_000_000).contains(&now()),
            "from 2026 to 3000"
        );
    }
}
