//! Date filters of searches.

use jiff::{ToSpan, civil::Date};

/// Filter by date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFilter {
    Before(DateRange),
    After(DateRange),
    On(DateRange),
}

/// Range of days in the reader's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateRange {
    /// Start date (inclusive) and end date (exclusive).
    Days(Date, Date),
    DaysAgo(i8),
}

impl DateRange {
    /// Parses a day, month or year (`2026-11-20`, `2026-11`, `2026`), `today` or `yesterday`. Returns `None` for
    /// anything else.
    pub(super) fn parse(text: &str) -> Option<DateRange> {
        match &*text.to_lowercase() {
            "today" => return Some(DateRange::DaysAgo(0)),
            "yesterday" => return Some(DateRange::DaysAgo(1)),
            _ => {}
        }
        let numbers = text.split('-').map(|part| match part.len() {
            1..=4 if part.bytes().all(|b| b.is_ascii_digit()) => part.parse::<i16>().ok(),
            _ => None,
        });
        let numbers: Vec<i16> = numbers.collect::<Option<_>>()?;
        let small = |number: i16| i8::try_from(number).ok();
        let (first, span) = match numbers[..] {
            [year, month, day] => (Date::new(year, small(month)?, small(day)?), 1.day()),
            [year, month] => (Date::new(year, small(month)?, 1), 1.month()),
            [year] if year >= 1000 => (Date::new(year, 1, 1), 1.year()),
            _ => return None,
        };
        let first = first.ok()?;
        Some(DateRange::Days(first, first.checked_add(span).ok()?))
    }
}
