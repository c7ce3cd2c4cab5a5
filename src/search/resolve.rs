//! Resolves a query for its reader: names to users and rooms, days to times.

use std::ops::Range;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    SearchRequest, file_names,
    query::{DateFilter, DateRange, NameFilter},
};
use crate::{
    db::{
        Conn,
        accents::without_accents,
        fts::{Property, Term},
        ids::{RoomId, UserId},
        time,
    },
    error::Result,
    messages, people,
    rooms::{RoomEntry, RoomName},
};

/// A query with ids in place of names.
pub struct ResolvedQuery {
    /// The rooms to search; at least one.
    pub rooms: Vec<RoomId>,
    /// Authors of messages; all if this is empty.
    pub authors: Vec<UserId>,
    pub excluded_authors: Vec<UserId>,
    /// Ids of messages.
    pub ids: Range<i64>,
    /// Times of messages (ms UTC).
    pub times: Range<i64>,
    /// Words to look for, also those of file names.
    pub terms: Vec<Term>,
    /// Contents that messages must have, or must not have, besides words.
    pub has: Vec<(Property, bool)>,
}

/// Resolves a query. `None` if it cannot match anything; the reason is then in `notes`.
pub fn resolve(
    conn: &mut Conn,
    request: &SearchRequest,
    notes: &mut Vec<String>,
) -> Result<Option<ResolvedQuery>> {
    let authors = authors(conn, request, notes)?;
    let rooms = rooms(conn, request, notes)?;
    let (Some((authors, excluded_authors)), Some(rooms)) = (authors, rooms) else {
        return Ok(None);
    };
    let times = times(conn, request)?;
    let mut ids = 1..i64::MAX;
    if times.start > i64::MIN {
        ids.start = messages::first_sent(conn, times.start)?;
    }
    if times.end < i64::MAX {
        ids.end = messages::end_of_sent(conn, times.end)?;
    }
    let (terms, has) = file_names::in_index(&request.query);
    Ok(Some(ResolvedQuery {
        terms,
        has,
        rooms,
        authors,
        excluded_authors,
        ids,
        times,
    }))
}

/// The wanted and the excluded authors. `None` if there are wanted names but no such user.
fn authors(
    conn: &mut Conn,
    request: &SearchRequest,
    notes: &mut Vec<String>,
) -> Result<Option<(Vec<UserId>, Vec<UserId>)>> {
    let (mut authors, mut excluded) = (Vec::new(), Vec::new());
    for NameFilter { name, wanted } in &request.query.from {
        let user = match &*name.to_lowercase() {
            "me" | "@me" => Some(request.reader),
            _ => people::find(conn, name)?.map(|user| user.id),
        };
        let named = match user {
            Some(user) => vec![user],
            None => people::with_display_name(conn, name)?,
        };
        match named.is_empty() {
            true => notes.push(format!("No one named “{name}”.")),
            false if *wanted => authors.extend(named),
            false => excluded.extend(named),
        }
    }
    let is_restricted = request.query.from.iter().any(|name| name.wanted);
    Ok((!is_restricted || !authors.is_empty()).then_some((authors, excluded)))
}

/// The reader's rooms, or those of them that the query names. `None` if there are none.
fn rooms(
    conn: &mut Conn,
    request: &SearchRequest,
    notes: &mut Vec<String>,
) -> Result<Option<Vec<RoomId>>> {
    let all = &request.list.entries;
    let (mut rooms, mut excluded) = (Vec::new(), Vec::new());
    for NameFilter { name, wanted } in &request.query.rooms {
        let partner = people::find(conn, name)?.map(|user| user.id);
        let named = rooms_named(all, name, partner);
        match named.is_empty() {
            true => notes.push(format!("You’re not in a room named “{name}”.")),
            false if *wanted => rooms.extend(named),
            false => excluded.extend(named),
        }
    }
    let is_restricted = request.query.rooms.iter().any(|name| name.wanted);
    if !is_restricted {
        rooms = all.iter().map(|entry| entry.room).collect();
    }
    rooms.retain(|room| !excluded.contains(room));
    Ok((!rooms.is_empty()).then_some(rooms))
}

/// The rooms with this name and the direct conversation with this user. If there are none, the rooms with a similar
/// name, whose comparison takes longer.
fn rooms_named(all: &[RoomEntry], name: &str, partner: Option<UserId>) -> Vec<RoomId> {
    let bare = name.trim_start_matches(['#', '@']).to_lowercase();
    let is_exact = |entry: &&RoomEntry| {
        let is_direct = partner.is_some_and(|partner| *entry.people == [partner]);
        is_direct || entry.name.to_lowercase() == bare
    };
    let exact = all.iter().filter(is_exact).map(|entry| entry.room);
    let mut rooms: Vec<RoomId> = exact.collect();
    if rooms.is_empty() {
        let wanted = key(&without_accents(&bare));
        let is_similar = |entry: &&RoomEntry| key(&without_accents(&entry.name)) == wanted;
        let similar = all.iter().filter(is_similar);
        rooms.extend(similar.map(|entry| entry.room));
    }
    rooms
}

/// A key that is equal for names of rooms that look alike. A text that is no valid name is compared without case.
fn key(name: &str) -> String {
    RoomName::parse(name).map_or_else(|_| name.to_lowercase(), |name| name.key())
}

/// The times between the days of the query, in the time zone of the reader's profile.
fn times(conn: &mut Conn, request: &SearchRequest) -> Result<Range<i64>> {
    let mut times = i64::MIN..i64::MAX;
    if request.query.dates.is_empty() {
        return Ok(times);
    }
    let profile = people::find(conn, &request.username)?;
    let zone = profile.and_then(|profile| TimeZone::get(&profile.time_zone).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let start_of = |day: Date| {
        let zoned = day.to_zoned_datetime(zone.clone()).ok();
        zoned.map(|zoned| zoned.timestamp().as_millisecond())
    };
    for filter in &request.query.dates {
        let (DateFilter::Before(range) | DateFilter::After(range) | DateFilter::On(range)) = filter;
        let Some((first, next)) = days(*range, &zone) else {
            continue;
        };
        let (first, next) = (start_of(first), start_of(next));
        let (start, end) = match filter {
            DateFilter::Before(_) => (None, Some(first)),
            DateFilter::After(_) => (Some(next), None),
            DateFilter::On(_) => (Some(first), Some(next)),
        };
        if let Some(start) = start {
            times.start = times.start.max(start.unwrap_or(i64::MIN));
        }
        if let Some(end) = end {
            times.end = times.end.min(end.unwrap_or(i64::MAX));
        }
    }
    Ok(times)
}

/// The first day of a range and the day after the last one.
fn days(range: DateRange, zone: &TimeZone) -> Option<(Date, Date)> {
    match range {
        DateRange::Days(first, next) => Some((first, next)),
        DateRange::DaysAgo(days) => {
            let now = Timestamp::from_millisecond(time::now()).ok()?;
            let today = now.to_zoned_datetime(zone.clone()).date();
            let first = today.checked_sub(jiff::Span::new().days(days)).ok()?;
            Some((first, first.tomorrow().ok()?))
        }
    }
}
