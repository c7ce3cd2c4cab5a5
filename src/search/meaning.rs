//! What a query means for the person who asks: whose messages, in which of their rooms, between which moments.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    expression::Scope,
    finding::Ask,
    query::{Bound, Name, When},
};
use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
        time,
    },
    error::Result,
    messages, people,
    rooms::{RoomEntry, RoomName},
};

/// What a query means for somebody.
pub struct Meaning {
    pub scope: Scope,
    /// From this message until before that one,
    pub ids: (i64, i64),
    /// and the same for their moments.
    pub times: (i64, i64),
}

/// None when there is nothing to be found, for a reason that is noted.
pub fn meaning(conn: &mut Conn, ask: &Ask, notes: &mut Vec<String>) -> Result<Option<Meaning>> {
    let query = &ask.query;
    let people = people(conn, ask, notes)?;
    let rooms = rooms(conn, ask, notes)?;
    let (Some((from, not_from)), Some(rooms)) = (people, rooms) else {
        return Ok(None);
    };
    let times = times(conn, ask)?;
    let mut ids = (1, i64::MAX);
    if times.0 > i64::MIN {
        ids.0 = messages::first_sent(conn, times.0)?;
    }
    if times.1 < i64::MAX {
        ids.1 = messages::first_sent(conn, times.1)?;
    }
    let scope = Scope {
        rooms,
        from,
        not_from,
        link: query.link,
        block: None,
    };
    Ok(Some(Meaning { scope, ids, times }))
}

type People = (Vec<UserId>, Vec<UserId>);

fn people(conn: &mut Conn, ask: &Ask, notes: &mut Vec<String>) -> Result<Option<People>> {
    let (mut from, mut not_from) = (Vec::new(), Vec::new());
    for Name { name, wanted } in &ask.query.from {
        let person = match &*name.to_lowercase() {
            "me" | "@me" => Some(ask.person),
            _ => people::find(conn, name)?.map(|person| person.id),
        };
        match person {
            Some(person) if *wanted => from.push(person),
            Some(person) => not_from.push(person),
            None => notes.push(format!("No one named “{name}”.")),
        }
    }
    let asked = ask.query.from.iter().any(|name| name.wanted);
    Ok((!asked || !from.is_empty()).then_some((from, not_from)))
}

/// The rooms to look in: those of the list that were named, or all.
fn rooms(conn: &mut Conn, ask: &Ask, notes: &mut Vec<String>) -> Result<Option<Vec<RoomId>>> {
    let all = &ask.list.entries;
    let (mut named, mut left_out) = (Vec::new(), Vec::new());
    for Name { name, wanted } in &ask.query.rooms {
        let person = people::find(conn, name)?.map(|person| person.id);
        let fit = called(all, name, person);
        match fit.is_empty() {
            true => notes.push(format!("You’re not in a room named “{name}”.")),
            false if *wanted => named.extend(fit),
            false => left_out.extend(fit),
        }
    }
    let asked = ask.query.rooms.iter().any(|name| name.wanted);
    if !asked {
        named = all.iter().map(|entry| entry.room).collect();
    }
    named.retain(|room| !left_out.contains(room));
    Ok((!named.is_empty()).then_some(named))
}

/// Those that have this name, and the conversation with that person; if there are none, those of a name that
/// looks like it, which takes longer to see.
fn called(all: &[RoomEntry], name: &str, person: Option<UserId>) -> Vec<RoomId> {
    let bare = name.trim_start_matches(['#', '@']).to_lowercase();
    let exact = |entry: &&RoomEntry| {
        let with = person.is_some_and(|person| *entry.people == [person]);
        with || entry.name.to_lowercase() == bare
    };
    let mut fit: Vec<RoomId> = all.iter().filter(exact).map(|entry| entry.room).collect();
    if fit.is_empty() {
        let sought = key(&bare);
        let alike = all.iter().filter(|entry| key(&entry.name) == sought);
        fit.extend(alike.map(|entry| entry.room));
    }
    fit
}

/// Names of rooms that look alike are one; what is no such name is compared as it is.
fn key(name: &str) -> String {
    RoomName::parse(name).map_or_else(|_| name.to_lowercase(), |name| name.key())
}

/// From when until before when, in days of the person's own time.
fn times(conn: &mut Conn, ask: &Ask) -> Result<(i64, i64)> {
    let (mut from, mut until) = (i64::MIN, i64::MAX);
    if ask.query.days.is_empty() {
        return Ok((from, until));
    }
    let profile = people::find(conn, &ask.username)?;
    let zone = profile.and_then(|profile| TimeZone::get(&profile.time_zone).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let moment = |day: Date| {
        let zoned = day.to_zoned_datetime(zone.clone()).ok();
        zoned.map(|zoned| zoned.timestamp().as_millisecond())
    };
    for bound in &ask.query.days {
        let (Bound::Before(when) | Bound::After(when) | Bound::On(when)) = bound;
        let Some((first, after)) = days(*when, &zone) else {
            continue;
        };
        let (first, after) = (moment(first), moment(after));
        if !matches!(bound, Bound::After(_)) {
            let end = if matches!(bound, Bound::Before(_)) {
                first
            } else {
                after
            };
            until = until.min(end.unwrap_or(i64::MAX));
        }
        if !matches!(bound, Bound::Before(_)) {
            let start = if matches!(bound, Bound::After(_)) {
                after
            } else {
                first
            };
            from = from.max(start.unwrap_or(i64::MIN));
        }
    }
    Ok((from, until))
}

/// The first day, and the one after the last.
fn days(when: When, zone: &TimeZone) -> Option<(Date, Date)> {
    match when {
        When::Days(first, after) => Some((first, after)),
        When::DaysAgo(days) => {
            let now = Timestamp::from_millisecond(time::now()).ok()?;
            let today = now.to_zoned_datetime(zone.clone()).date();
            let first = today.checked_sub(jiff::Span::new().days(days)).ok()?;
            Some((first, first.tomorrow().ok()?))
        }
    }
}
