//! Executes a search on one connection: scans the index and reads the messages that the reader may see.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use super::{
    ResultCursor, SearchRequest, SearchResult, SearchResults, SortOrder, file_names,
    highlight::{score, snippet},
    resolve::{ResolvedQuery, resolve},
};
use crate::{
    db::{
        Conn,
        fts::{BLOCK, Index, IndexQuery, MatchKind, SearchIndex},
        ids::MessageId,
    },
    error::Result,
    messages::{self, Message},
};

/// Results on a page.
const PAGE: usize = 20;
/// The newest results, among which the best ones are chosen.
const CANDIDATES: usize = 200;
/// Time after which no further block is scanned. A search is thus fast in any archive: it reports how far it came, and
/// the next page continues there. Builds without optimisation need more time.
pub const TIME_LIMIT: Duration =
    Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 8 });
/// Blocks that most searches can scan at once within the time limit.
const MANY_BLOCKS: i64 = 4;
/// The number of messages that the index may lack before results say so.
const FAR_BEHIND: i64 = 1_000;
/// With more rooms than this, the index is first scanned without rooms, and the rooms are checked when messages are
/// read. Merging the posting lists of 200 rooms takes 5 to 25 ms; most pages are full before that, or nothing matches.
const FEW_ROOMS: usize = 4;
/// Least and most ids that one scan without rooms asks for.
const MIN_WIDE: usize = 100;
const MAX_WIDE: usize = 500;

/// A scan for one of the two kinds of matches.
struct Scan {
    kind: MatchKind,
    /// Messages with `from` ≤ id < `before`.
    from: i64,
    before: Option<i64>,
    limit: usize,
}

/// The messages of a scan, newest first.
#[derive(Default)]
struct Batch {
    messages: Vec<Message>,
    /// The scan ended early: there may be more before this message.
    stopped: Option<i64>,
}

/// Finds a page of results.
pub fn execute(conn: &mut Conn, request: &SearchRequest) -> Result<SearchResults> {
    let mut results = SearchResults {
        behind: Index::lag(conn)? > FAR_BEHIND,
        notes: request.query.notes.clone(),
        ..SearchResults::default()
    };
    let Some(query) = resolve(conn, request, &mut results.notes)? else {
        return Ok(results);
    };
    let execution = Execution {
        request,
        query: &query,
        deadline: Instant::now() + request.time_limit,
    };
    match request.order {
        SortOrder::Newest => execution.newest(conn, &mut results)?,
        SortOrder::Best => execution.best(conn, &mut results)?,
    }
    Ok(results)
}

/// A search in progress.
struct Execution<'a> {
    request: &'a SearchRequest,
    query: &'a ResolvedQuery,
    deadline: Instant,
}

impl Execution<'_> {
    fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Whether half of the time is over. A scan for infixes takes longer than one for prefixes.
    fn is_half_over(&self) -> bool {
        Instant::now() + self.request.time_limit / 2 >= self.deadline
    }

    /// Whether one scan of all messages before `top` could take long: there are many, or the words of a phrase are
    /// frequent where the phrase is not.
    fn is_expensive(&self, top: i64) -> bool {
        let mut terms = self.query.terms.iter();
        top > MANY_BLOCKS * BLOCK || terms.any(|term| term.exact && term.words.len() > 1)
    }

    /// Newest first: all prefix matches, then all infix matches. A page may contain the end of the former and the
    /// beginning of the latter.
    fn newest(&self, conn: &mut Conn, results: &mut SearchResults) -> Result<()> {
        let cursor = self.request.cursor;
        for kind in [MatchKind::Prefix, MatchKind::Infix] {
            let inside = kind == MatchKind::Infix;
            if cursor.inside && !inside {
                continue;
            }
            let is_second = inside && !cursor.inside;
            if is_second && self.is_half_over() && self.compile(kind, false, None).is_some() {
                results.next = Some(ResultCursor {
                    inside,
                    ..ResultCursor::default()
                });
                return Ok(());
            }
            let limit = PAGE + 1 - results.found.len();
            let scan = Scan {
                kind,
                from: 0,
                before: cursor.before.filter(|_| inside == cursor.inside),
                limit,
            };
            let mut batch = self.scan(conn, scan)?;
            let has_more = batch.messages.len() == limit;
            batch.messages.truncate(limit - 1);
            let last = batch.messages.last().map(|message| message.id.0);
            let messages = batch.messages.into_iter();
            let found = messages.filter_map(|message| self.result(message, inside));
            results.found.extend(found);
            let stopped = batch.stopped.filter(|_| !has_more);
            if has_more || stopped.is_some() {
                results.next = Some(ResultCursor {
                    inside,
                    before: stopped.or(last),
                    page: 0,
                });
                results.back_to = messages::sent_at(conn, stopped)?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Best first: scores the newest candidates and skips the pages before.
    fn best(&self, conn: &mut Conn, results: &mut SearchResults) -> Result<()> {
        let (mut all, cursor) = (Vec::new(), self.request.cursor);
        let mut stopped = None;
        for kind in [MatchKind::Prefix, MatchKind::Infix] {
            if all.len() >= PAGE {
                break; // prefix matches score higher
            }
            let scan = Scan {
                kind,
                from: stopped.unwrap_or(0),
                before: cursor.before,
                limit: CANDIDATES - all.len(),
            };
            let batch = self.scan(conn, scan)?;
            stopped = batch.stopped.or(stopped);
            for message in batch.messages {
                let score = score(&message.visible_text(), &self.query.terms);
                all.push((score, kind == MatchKind::Infix, message));
            }
        }
        // Older messages belong to a later page.
        all.retain(|(.., message)| message.id.0 >= stopped.unwrap_or(0));
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.2.id.cmp(&a.2.id)));
        let skip = cursor.page.saturating_mul(PAGE);
        let newest = all.iter().map(|(.., message)| message.id.0).max();
        if all.len() > skip.saturating_add(PAGE) {
            results.next = Some(ResultCursor {
                inside: false,
                // New messages do not shift the pages.
                before: cursor.before.or(newest.map(|id| id + 1)),
                page: cursor.page + 1,
            });
        } else if stopped.is_some() {
            results.next = Some(ResultCursor {
                before: stopped,
                ..ResultCursor::default()
            });
            results.back_to = messages::sent_at(conn, stopped)?;
        }
        let page = all.into_iter().skip(skip).take(PAGE);
        results.found = page
            .filter_map(|(_, inside, message)| self.result(message, inside))
            .collect();
        Ok(())
    }

    /// The newest messages that match and that the reader may see. Expensive scans go from block to block.
    fn scan(&self, conn: &mut Conn, scan: Scan) -> Result<Batch> {
        let (mut batch, limit) = (Batch::default(), scan.limit);
        let mut strategy = ScanStrategy::new(self.query.rooms.len());
        let low = self.query.ids.start.max(scan.from);
        let top = self.query.ids.end.min(Index::mark(conn)? + 1);
        let top = top.min(scan.before.unwrap_or(top));
        let (is_expensive, mut high) = (self.is_expensive(top), top);
        while high > low && batch.messages.len() < limit {
            if high < top && self.is_late() {
                batch.stopped = Some(high);
                break;
            }
            let from = match is_expensive {
                true => low.max((high - 1) / BLOCK * BLOCK),
                false => low,
            };
            let missing = limit - batch.messages.len();
            let (is_wide, count) = strategy.next(missing);
            let block = is_expensive.then_some(from);
            let Some(expression) = self.compile(scan.kind, is_wide, block) else {
                break;
            };
            let ids = Index::find(conn, &expression, from..high, count as i64)?;
            let is_full = ids.len() == count;
            high = match ids.last() {
                Some(last) if is_full => last.0,
                _ => from,
            };
            let mut readable = self.readable(conn, &ids)?;
            if is_full {
                strategy.record(readable.len(), count);
            }
            readable.truncate(missing);
            batch.messages.append(&mut readable);
        }
        Ok(batch)
    }

    /// The expression for the index, with or without the rooms. `None` if it would find nothing new.
    fn compile(
        &self,
        kind: MatchKind,
        is_wide: bool,
        block: Option<i64>,
    ) -> Option<<Index as SearchIndex>::Expression> {
        let narrow = IndexQuery {
            terms: &self.query.terms,
            kind,
            rooms: &self.query.rooms,
            authors: &self.query.authors,
            excluded_authors: &self.query.excluded_authors,
            has: &self.query.has,
            block,
        };
        let wide = is_wide.then_some(IndexQuery {
            rooms: &[],
            ..narrow
        });
        let wide = wide.and_then(|query| Index::compile(&query));
        wide.or_else(|| Index::compile(&narrow))
    }

    fn readable(&self, conn: &mut Conn, ids: &[MessageId]) -> Result<Vec<Message>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut readable = messages::readable(conn, self.request.reader, ids)?;
        let Range { start, end } = self.query.times;
        readable.retain(|message| {
            let is_in_rooms = self.query.rooms.contains(&message.room);
            let has_names = file_names::has_all(message, &self.request.query.file_names);
            is_in_rooms && has_names && (start..end).contains(&message.created_at)
        });
        readable.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
        Ok(readable)
    }

    /// Builds one result. `None` when the reader joined its room after the list was read.
    fn result(&self, message: Message, inside: bool) -> Option<SearchResult> {
        let entry = self.request.list.entry(message.room)?;
        Some(SearchResult {
            room: entry.name.clone(),
            kind: entry.kind,
            snippet: snippet(&message.visible_text(), &self.query.terms),
            inside,
            message,
        })
    }
}

/// The choice whether to scan the index with or without rooms.
struct ScanStrategy {
    /// Scans the index without rooms while enough of its matches are in the reader's rooms, then with rooms.
    is_wide: bool,
    /// Percentage of the last matches without rooms that the reader may see.
    yield_percent: usize,
}

impl ScanStrategy {
    fn new(rooms: usize) -> ScanStrategy {
        ScanStrategy {
            is_wide: rooms > FEW_ROOMS,
            yield_percent: 100,
        }
    }

    /// Whether to scan without rooms, and how many ids to ask for when so many messages are missing.
    fn next(&mut self, missing: usize) -> (bool, usize) {
        let count = (missing * 100 / self.yield_percent.max(1)).max(MIN_WIDE);
        self.is_wide &= count <= MAX_WIDE;
        (self.is_wide, if self.is_wide { count } else { missing })
    }

    fn record(&mut self, readable: usize, count: usize) {
        self.yield_percent = readable * 100 / count;
    }
}
