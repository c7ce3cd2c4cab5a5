//! One search, on one connection: what the index finds, and what of that may be shown.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Found, Order, Part, Results,
    expression::{Reach, Scope, expression},
    hits::{score, snippet},
    meaning::{Meaning, meaning},
    query::Query,
    store,
};
use crate::{
    db::{
        Conn,
        ids::{MessageId, UserId},
        words,
    },
    error::Result,
    messages::{self, Message},
    sidebar::List,
};

/// Results on a page.
const PAGE: usize = 20;
/// The newest of them, among which the best are sought.
const CANDIDATES: usize = 300;
/// Messages that one look at the index covers, and how long to go on looking; at least [`LOOKS`] times.
const STRETCH: i64 = 1_000_000;
const PATIENCE: Duration = Duration::from_millis(40);
const LOOKS: usize = 3;
/// From so many messages on it matters that they are not in the index.
const FAR_BEHIND: i64 = 1_000;
/// In more rooms than these, what is found anywhere is asked for its room first: to go through the messages of 200
/// rooms at once takes 5 to 25 ms, and most pages are full before that, or nothing is found at all.
const FEW_ROOMS: usize = 4;
/// What is asked so at first, and at most, if a page would be full by then.
const SOME: usize = 100;
const MANY: usize = 500;

/// Who searches for what.
pub struct Ask {
    pub person: UserId,
    pub username: Arc<str>,
    pub list: Arc<List>,
    pub query: Query,
    pub order: Order,
    pub part: Part,
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
    let (mut catch, most, begun) = (Catch::default(), look.most, Instant::now());
    let Some(mut way) = Way::of(ask, meaning, look.inside) else {
        return Ok(catch);
    };
    let (low, mut high) = meaning.ids;
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
        let (from, missing) = (low.max(high - STRETCH), most - catch.messages.len());
        let (expression, asked) = way.next(missing);
        let ids = words::find(conn, expression, (from, high), asked as i64)?;
        high = match ids.last() {
            Some(last) if ids.len() == asked => last.0,
            _ => from,
        };
        let mut some = readable(conn, ask, meaning, &ids)?;
        way.gave(some.len(), ids.len());
        some.truncate(missing);
        catch.messages.append(&mut some);
    }
    Ok(catch)
}

/// Two ways to the same messages.
struct Way {
    /// What fits in the rooms in question.
    narrow: String,
    /// What fits anywhere, while that gives enough.
    wide: Option<String>,
    /// Of what was asked so, how many of a hundred could be shown.
    yields: usize,
}

impl Way {
    fn of(ask: &Ask, meaning: &Meaning, inside: bool) -> Option<Way> {
        let reach = match inside {
            false => Reach::Beginnings,
            true => Reach::Insides,
        };
        let (terms, scope) = (&ask.query.terms, &meaning.scope);
        let anywhere = Scope {
            rooms: Vec::new(),
            ..scope.clone()
        };
        let many = scope.rooms.len() > FEW_ROOMS;
        Some(Way {
            narrow: expression(terms, scope, reach)?,
            wide: expression(terms, &anywhere, reach).filter(|_| many),
            yields: 100,
        })
    }

    /// The expression to look for, and how many messages to ask for when so many are missing.
    fn next(&mut self, missing: usize) -> (&str, usize) {
        let asked = (missing * 100 / self.yields.max(1)).max(SOME);
        self.wide = self.wide.take().filter(|_| asked <= MANY);
        match &self.wide {
            Some(wide) => (wide, asked),
            None => (&self.narrow, missing),
        }
    }

    fn gave(&mut self, shown: usize, asked: usize) {
        self.yields = shown * 100 / asked.max(1);
    }
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
    some.retain(|message| {
        let there = meaning.scope.rooms.contains(&message.room);
        there && (from..until).contains(&message.created_at)
    });
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
