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
/// Messages that one look at the index covers.
const STRETCH: i64 = 200_000;
/// How long to go on with another look: a search is quick in any archive, says how far it came, and goes on from
/// there on the next page. (Without optimisation everything takes longer.)
pub const PATIENCE: Duration =
    Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 8 });
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
    /// How long to go on with another look.
    pub patience: Duration,
}

/// One of the two parts of the results.
struct Look {
    inside: bool,
    /// Messages with `from` ≤ number < `before`.
    from: i64,
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
    let search = Search {
        ask,
        meaning: &meaning,
        until: Instant::now() + ask.patience,
    };
    match ask.order {
        Order::Newest => search.newest(conn, &mut results)?,
        Order::Best => search.best(conn, &mut results)?,
    }
    Ok(results)
}

/// A search while it goes on.
struct Search<'a> {
    ask: &'a Ask,
    meaning: &'a Meaning,
    until: Instant,
}

impl Search<'_> {
    fn is_long(&self) -> bool {
        Instant::now() >= self.until
    }

    /// First what has the words at the beginning of words, then what has them only inside; the page may go over
    /// from one to the other.
    fn newest(&self, conn: &mut Conn, results: &mut Results) -> Result<()> {
        let part = self.ask.part;
        for inside in [false, true] {
            if part.inside && !inside {
                continue;
            }
            let leads_over = inside && !part.inside;
            if leads_over && self.is_long() && self.way(inside).is_some() {
                results.next = Some(Part {
                    inside,
                    ..Part::default()
                });
                return Ok(());
            }
            let most = PAGE + 1 - results.found.len();
            let look = Look {
                inside,
                from: 0,
                before: part.before.filter(|_| inside == part.inside),
                most,
            };
            let mut catch = self.catch(conn, look)?;
            let more = catch.messages.len() == most;
            catch.messages.truncate(most - 1);
            let last = catch.messages.last().map(|message| message.id.0);
            let shown = catch.messages.into_iter();
            let shown = shown.filter_map(|message| self.found(message, inside));
            results.found.extend(shown);
            let stopped = catch.stopped.filter(|_| !more);
            if more || stopped.is_some() {
                results.next = Some(Part {
                    inside,
                    before: stopped.or(last),
                    page: 0,
                });
                return self.say_how_far(conn, stopped, results);
            }
        }
        Ok(())
    }

    fn best(&self, conn: &mut Conn, results: &mut Results) -> Result<()> {
        let (mut all, part) = (Vec::new(), self.ask.part);
        let mut stopped = None;
        for inside in [false, true] {
            if all.len() >= PAGE {
                break; // they fit better
            }
            let look = Look {
                inside,
                from: stopped.unwrap_or(0),
                before: part.before,
                most: CANDIDATES - all.len(),
            };
            let catch = self.catch(conn, look)?;
            stopped = catch.stopped.or(stopped);
            for message in catch.messages {
                let score = score(message.body.as_str(), &self.ask.query.terms);
                all.push((score, inside, message));
            }
        }
        // What lies further back has its place on a later page.
        all.retain(|(.., message)| message.id.0 >= stopped.unwrap_or(0));
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.2.id.cmp(&a.2.id)));
        let skip = part.page.saturating_mul(PAGE);
        let newest = all.iter().map(|(.., message)| message.id.0).max();
        if all.len() > skip.saturating_add(PAGE) {
            results.next = Some(Part {
                inside: false,
                // What comes meanwhile does not move the pages.
                before: part.before.or(newest.map(|id| id + 1)),
                page: part.page + 1,
            });
        } else if stopped.is_some() {
            results.next = Some(Part {
                before: stopped,
                ..Part::default()
            });
            self.say_how_far(conn, stopped, results)?;
        }
        let page = all.into_iter().skip(skip).take(PAGE);
        results.found = page
            .filter_map(|(_, inside, message)| self.found(message, inside))
            .collect();
        Ok(())
    }

    fn say_how_far(
        &self,
        conn: &mut Conn,
        stopped: Option<i64>,
        results: &mut Results,
    ) -> Result<()> {
        if let Some(stopped) = stopped {
            results.back_to = store::sent_at(conn, stopped)?;
        }
        Ok(())
    }

    /// The newest messages that fit and may be shown, at most `most`.
    fn catch(&self, conn: &mut Conn, look: Look) -> Result<Catch> {
        let (mut catch, most) = (Catch::default(), look.most);
        let Some(mut way) = self.way(look.inside) else {
            return Ok(catch);
        };
        let (low, high) = self.meaning.ids;
        let low = low.max(look.from);
        let top = high.min(words::mark(conn)? + 1);
        let top = top.min(look.before.unwrap_or(top));
        let mut high = top;
        while high > low && catch.messages.len() < most {
            if high < top && self.is_long() {
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
            let mut some = self.readable(conn, &ids)?;
            if ids.len() == asked {
                way.gave(some.len(), asked);
            }
            some.truncate(missing);
            catch.messages.append(&mut some);
        }
        Ok(catch)
    }

    /// None if there is nothing more to find so.
    fn way(&self, inside: bool) -> Option<Way> {
        let reach = match inside {
            false => Reach::Beginnings,
            true => Reach::Insides,
        };
        let (terms, scope) = (&self.ask.query.terms, &self.meaning.scope);
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

    fn readable(&self, conn: &mut Conn, ids: &[MessageId]) -> Result<Vec<Message>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut some = messages::readable(conn, self.ask.person, ids)?;
        let (from, until) = self.meaning.times;
        some.retain(|message| {
            let there = self.meaning.scope.rooms.contains(&message.room);
            there && (from..until).contains(&message.created_at)
        });
        some.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
        Ok(some)
    }

    /// None for a room that the list does not have: then they were let in this moment, and find it the next time.
    fn found(&self, message: Message, inside: bool) -> Option<Found> {
        let entry = self.ask.list.entry(message.room)?;
        Some(Found {
            room: entry.name.clone(),
            kind: entry.kind,
            snippet: snippet(message.body.as_str(), &self.ask.query.terms),
            inside,
            message,
        })
    }
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
        self.yields = shown * 100 / asked;
    }
}
