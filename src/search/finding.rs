//! One search, on one connection: what the query means for this person, what the index finds, and what of that may
//! be shown.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Found, Order, Part, Results,
    expression::{Reach, Scope, expression},
    hits::{score, snippet},
    query::{Bound, Name, Query, When},
    store,
};
use crate::{
    accounts,
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
        time, words,
    },
    error::Result,
    messages::{self, Message},
    rooms::RoomName,
    sidebar::{Entry, List},
};

/// Results on a page.
const PAGE: usize = 20;
/// The newest of them, among which the best are sought.
const CANDIDATES: usize = 300;
/// Messages that one look at the index covers, and how long to go on looking; at least [`LOOKS`] times.
const STRETCH: i64 = 1_000_000;
const PATIENCE: Duration = Duration::from_millis(40);
const LOOKS: usize = 3;
/// In more rooms than these, what is found is asked for its room instead of each room for what it has.
const ROOMS: usize = 300;
/// From so many messages on it matters that they are not in the index.
const FAR_BEHIND: i64 = 1_000;
/// What is looked up at once then.
const SOME: usize = 200;

/// Who searches for what.
pub struct Ask {
    pub person: UserId,
    pub username: Arc<str>,
    pub list: Arc<List>,
    pub query: Query,
    pub order: Order,
    pub part: Part,
}

/// What a query means for somebody.
struct Meaning {
    scope: Scope,
    /// From this message until before that one,
    ids: (i64, i64),
    /// and the same for their moments.
    times: (i64, i64),
}

/// One of the two parts of the results.
struct Look {
    inside: bool,
    before: Option<i64>,
    most: usize,
}

/// Messages newest first.
#[derive(Default)]
struct Catch {
    messages: Vec<Message>,
    /// It ended early: there may be more before this message.
    stopped: Option<i64>,
}

/// Finds a page of results.
pub fn find(conn: &mut Conn, ask: &Ask) -> Result<Results> {
    let mut results = Results {
        behind: words::lag(conn)? > FAR_BEHIND,
        ..Results::default()
    };
    let Some(meaning) = meaning(conn, ask, &mut results.notes)? else {
        return Ok(results);
    };
    match ask.order {
        Order::Newest => newest(conn, ask, &meaning, &mut results)?,
        Order::Best => best(conn, ask, &meaning, &mut results)?,
    }
    Ok(results)
}

/// First what has the words at the beginning of words, then what has them only inside; the page may go over
/// from one to the other.
fn newest(conn: &mut Conn, ask: &Ask, meaning: &Meaning, results: &mut Results) -> Result<()> {
    for inside in [false, true] {
        if ask.part.inside && !inside {
            continue;
        }
        let before = ask.part.before.filter(|_| inside == ask.part.inside);
        let most = PAGE + 1 - results.found.len();
        let mut catch = catch(
            conn,
            ask,
            meaning,
            Look {
                inside,
                before,
                most,
            },
        )?;
        let more = catch.messages.len() == most;
        catch.messages.truncate(most - 1);
        let last = catch.messages.last().map(|message| message.id.0);
        let shown = catch.messages.into_iter();
        let shown = shown.filter_map(|message| found(ask, message, inside));
        results.found.extend(shown);
        let stopped = catch.stopped.filter(|_| !more);
        if let Some(stopped) = stopped {
            results.back_to = store::sent_at(conn, stopped)?;
        }
        if more || stopped.is_some() {
            let before = stopped.or(last);
            results.next = Some(Part {
                inside,
                before,
                page: 0,
            });
            return Ok(());
        }
    }
    Ok(())
}

fn best(conn: &mut Conn, ask: &Ask, meaning: &Meaning, results: &mut Results) -> Result<()> {
    let mut all = Vec::new();
    for inside in [false, true] {
        let look = Look {
            inside,
            before: ask.part.before,
            most: CANDIDATES - all.len(),
        };
        let catch = catch(conn, ask, meaning, look)?;
        for message in catch.messages {
            all.push((
                score(message.body.as_str(), &ask.query.terms),
                inside,
                message,
            ));
        }
        if all.len() == CANDIDATES {
            break;
        }
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.2.id.cmp(&a.2.id)));
    let skip = ask.part.page.saturating_mul(PAGE);
    let newest = all.iter().map(|(.., message)| message.id.0).max();
    if all.len() > skip.saturating_add(PAGE) {
        results.next = Some(Part {
            inside: false,
            // What comes meanwhile does not move the pages.
            before: ask.part.before.or(newest.map(|id| id + 1)),
            page: ask.part.page + 1,
        });
    }
    let page = all.into_iter().skip(skip).take(PAGE);
    results.found = page
        .filter_map(|(_, inside, message)| found(ask, message, inside))
        .collect();
    Ok(())
}

/// The newest messages that fit and may be shown, at most `most`.
fn catch(conn: &mut Conn, ask: &Ask, meaning: &Meaning, look: Look) -> Result<Catch> {
    let (mut catch, most) = (Catch::default(), look.most);
    let reach = match look.inside {
        false => Reach::Beginnings,
        true => Reach::Insides,
    };
    let Some(expression) = expression(&ask.query.terms, &meaning.scope, reach) else {
        return Ok(catch);
    };
    let everywhere = meaning.scope.rooms.is_empty();
    let (begun, (low, mut high)) = (Instant::now(), meaning.ids);
    high = high.min(words::mark(conn)? + 1);
    high = high.min(look.before.unwrap_or(high));
    for count in 0.. {
        if high <= low || catch.messages.len() == most {
            break;
        }
        if count >= LOOKS && begun.elapsed() > PATIENCE {
            catch.stopped = Some(high);
            break;
        }
        let from = low.max(high - STRETCH);
        let missing = most - catch.messages.len();
        let asked = if everywhere {
            missing.max(SOME)
        } else {
            missing
        };
        let ids = words::find(conn, &expression, (from, high), asked as i64)?;
        high = match ids.last() {
            Some(last) if ids.len() == asked => last.0,
            _ => from,
        };
        let mut some = readable(conn, ask, meaning, &ids)?;
        some.truncate(missing);
        catch.messages.append(&mut some);
    }
    Ok(catch)
}

fn readable(
    conn: &mut Conn,
    ask: &Ask,
    meaning: &Meaning,
    ids: &[MessageId],
) -> Result<Vec<Message>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut some = messages::readable(conn, ask.person, ids)?;
    let (from, until) = meaning.times;
    some.retain(|message| (from..until).contains(&message.created_at));
    some.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
    Ok(some)
}

/// None for a room that the list does not have: then they were let in this moment, and find it the next time.
fn found(ask: &Ask, message: Message, inside: bool) -> Option<Found> {
    let entry = ask.list.entry(message.room)?;
    Some(Found {
        room: entry.name.clone(),
        kind: entry.kind,
        snippet: snippet(message.body.as_str(), &ask.query.terms),
        inside,
        message,
    })
}

/// None when there is nothing to be found, for a reason that is noted.
fn meaning(conn: &mut Conn, ask: &Ask, notes: &mut Vec<String>) -> Result<Option<Meaning>> {
    let query = &ask.query;
    let people = people(conn, ask, notes)?;
    let rooms = rooms(conn, ask, notes)?;
    let (Some((from, not_from)), Some(rooms)) = (people, rooms) else {
        return Ok(None);
    };
    let times = times(conn, ask)?;
    let mut ids = (0, i64::MAX);
    if times.0 > i64::MIN {
        ids.0 = store::first_since(conn, times.0)?;
    }
    if times.1 < i64::MAX {
        ids.1 = store::first_since(conn, times.1)?;
    }
    let scope = Scope {
        rooms,
        from,
        not_from,
        link: query.link,
    };
    Ok(Some(Meaning { scope, ids, times }))
}

type People = (Vec<UserId>, Vec<UserId>);

fn people(conn: &mut Conn, ask: &Ask, notes: &mut Vec<String>) -> Result<Option<People>> {
    let (mut from, mut not_from) = (Vec::new(), Vec::new());
    for Name { name, wanted } in &ask.query.from {
        let person = match &*name.to_lowercase() {
            "me" | "@me" => Some(ask.person),
            _ => accounts::find(conn, name)?.map(|person| person.id),
        };
        match person {
            Some(person) if *wanted => from.push(person),
            Some(person) => not_from.push(person),
            None => notes.push(format!("Nobody here is called “{name}”.")),
        }
    }
    let asked = ask.query.from.iter().any(|name| name.wanted);
    Ok((!asked || !from.is_empty()).then_some((from, not_from)))
}

/// The rooms to look in: those of the list that were named, or all. None listed means any.
fn rooms(conn: &mut Conn, ask: &Ask, notes: &mut Vec<String>) -> Result<Option<Vec<RoomId>>> {
    let all = &ask.list.entries;
    let (mut named, mut left_out) = (Vec::new(), Vec::new());
    for Name { name, wanted } in &ask.query.rooms {
        let person = accounts::find(conn, name)?.map(|person| person.id);
        let key = key(name);
        let fit = all.iter().filter(|entry| is_called(entry, &key, person));
        let fit: Vec<RoomId> = fit.map(|entry| entry.room).collect();
        match fit.is_empty() {
            true => notes.push(format!("You are in no room called “{name}”.")),
            false if *wanted => named.extend(fit),
            false => left_out.extend(fit),
        }
    }
    let asked = ask.query.rooms.iter().any(|name| name.wanted);
    if !asked {
        named = all.iter().map(|entry| entry.room).collect();
    }
    named.retain(|room| !left_out.contains(room));
    if named.is_empty() {
        return Ok(None);
    }
    if named.len() > ROOMS && left_out.is_empty() && !asked {
        named.clear();
    }
    Ok(Some(named))
}

/// Whether an entry has this name, or is the conversation with that person.
fn is_called(entry: &Entry, name: &str, person: Option<UserId>) -> bool {
    let with = person.is_some_and(|person| *entry.people == [person]);
    with || key(&entry.name) == name
}

/// Names of rooms that look alike are one; what is no such name is compared as it is.
fn key(name: &str) -> String {
    let name = name.trim_start_matches('@');
    RoomName::parse(name).map_or_else(|_| name.to_lowercase(), |name| name.key())
}

/// From when until before when, in days of the person's own time.
fn times(conn: &mut Conn, ask: &Ask) -> Result<(i64, i64)> {
    let (mut from, mut until) = (i64::MIN, i64::MAX);
    if ask.query.days.is_empty() {
        return Ok((from, until));
    }
    let profile = accounts::find(conn, &ask.username)?;
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
