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
        fts::{self, token},
        ids::{MessageId, UserId},
    },
    error::Result,
    messages::{self, Message},
    rooms::RoomList,
};

/// Results on a page.
const PAGE: usize = 20;
/// The newest of them, among which the best are sought.
const CANDIDATES: usize = 200;
/// How long to go on with another look, at the block before: a search is quick in any archive, says how far it came,
/// and goes on from there on the next page. (Without optimisation everything takes longer.)
pub const PATIENCE: Duration =
    Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 8 });
/// In so many blocks most searches take no longer than that.
const MANY_BLOCKS: i64 = 4;
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
    pub list: Arc<RoomList>,
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
        behind: fts::lag(conn)? > FAR_BEHIND,
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

    /// Insides of words take longer than their beginnings.
    fn is_half_way(&self) -> bool {
        Instant::now() + self.ask.patience / 2 >= self.until
    }

    /// Whether one look at all messages until this one could take long: there are many, or the words of a phrase are
    /// in many that do not say it.
    fn is_far(&self, top: i64) -> bool {
        let mut terms = self.ask.query.terms.iter();
        top > MANY_BLOCKS * token::BLOCK || terms.any(|term| term.exact && term.words.len() > 1)
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
            if leads_over && self.is_half_way() && self.expression(inside, false, None).is_some() {
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
                results.back_to = sent_at(conn, stopped)?;
                return Ok(());
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
            results.back_to = sent_at(conn, stopped)?;
        }
        let page = all.into_iter().skip(skip).take(PAGE);
        results.found = page
            .filter_map(|(_, inside, message)| self.found(message, inside))
            .collect();
        Ok(())
    }

    /// The newest messages that fit and may be shown, at most `most`.
    fn catch(&self, conn: &mut Conn, look: Look) -> Result<Catch> {
        let (mut catch, most) = (Catch::default(), look.most);
        let mut way = Way::new(self.meaning.scope.rooms.len());
        let (low, high) = self.meaning.ids;
        let low = low.max(look.from);
        let top = high.min(fts::mark(conn)? + 1);
        let top = top.min(look.before.unwrap_or(top));
        let (is_far, mut high) = (self.is_far(top), top);
        while high > low && catch.messages.len() < most {
            if high < top && self.is_long() {
                catch.stopped = Some(high);
                break;
            }
            let from = match is_far {
                true => low.max((high - 1) / token::BLOCK * token::BLOCK),
                false => low,
            };
            let missing = most - catch.messages.len();
            let (is_wide, asked) = way.next(missing);
            let block = is_far.then_some(from);
            let Some(expression) = self.expression(look.inside, is_wide, block) else {
                break;
            };
            let ids = fts::find(conn, &expression, (from, high), asked as i64)?;
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

    /// What to look for in a block, in the rooms in question or anywhere; none if there is nothing more to find so.
    fn expression(&self, inside: bool, is_wide: bool, block: Option<i64>) -> Option<String> {
        let reach = match inside {
            false => Reach::Beginnings,
            true => Reach::Insides,
        };
        let terms = &self.ask.query.terms;
        let narrow = Scope {
            block,
            ..self.meaning.scope.clone()
        };
        let wide = is_wide.then(|| Scope {
            rooms: Vec::new(),
            ..narrow.clone()
        });
        let wide = wide.and_then(|scope| expression(terms, &scope, reach));
        wide.or_else(|| expression(terms, &narrow, reach))
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

fn sent_at(conn: &mut Conn, message: Option<i64>) -> Result<Option<i64>> {
    message.map_or(Ok(None), |message| store::sent_at(conn, message))
}

/// Which of two ways to the same messages to take.
struct Way {
    /// To look for what fits anywhere, while that gives enough; otherwise, for what fits in the rooms in question.
    is_wide: bool,
    /// Of what was asked so, how many of a hundred could be shown.
    yields: usize,
}

impl Way {
    fn new(rooms: usize) -> Way {
        Way {
            is_wide: rooms > FEW_ROOMS,
            yields: 100,
        }
    }

    /// Whether to look anywhere, and how many messages to ask for when so many are missing.
    fn next(&mut self, missing: usize) -> (bool, usize) {
        let asked = (missing * 100 / self.yields.max(1)).max(SOME);
        self.is_wide &= asked <= MANY;
        (self.is_wide, if self.is_wide { asked } else { missing })
    }

    fn gave(&mut self, shown: usize, asked: usize) {
        self.yields = shown * 100 / asked;
    }
}
