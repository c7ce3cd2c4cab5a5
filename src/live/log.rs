//! Log of one channel: its newest publications. Connections read it with a [`Cursor`].

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{cursor::Cursor, group::PublicationGroup, publication::Publication};
use crate::db::ids::MessageId;

/// Number of publications, and of their bytes, that are kept for clients that connect again.
const MAX_PUBLICATIONS: usize = 512;
const MAX_BYTES: usize = 1 << 20;
/// Maximum size of a log (bytes) while an open connection has not read all of it. A connection that is further behind
/// reads the database.
const MAX_BACKLOG_BYTES: usize = 8 << 20;
/// Maximum number of bytes that all channels together retain beyond [`MAX_BYTES`] each.
const MAX_TOTAL_BACKLOG: usize = 64 << 20;
/// Approximate size of one read (bytes), so that a single write stays small.
pub const STEP_BYTES: usize = 64 << 10;

/// Newest publications of a channel. Older numbered ones are in the database.
#[derive(Default)]
pub struct Log {
    /// Position of the first retained publication, counted since the log was created.
    start: u64,
    retained: VecDeque<Arc<Publication>>,
    bytes: usize,
    /// Part of the budget that this log uses.
    borrowed: usize,
    budget: Arc<BacklogBudget>,
    /// Position of the first publication that an open connection has not read. `None` if there is no connection.
    backlog: Option<u64>,
    /// Every rev above this one is in `retained`; `None` before the first numbered publication.
    complete_after: Option<i64>,
    /// Newest rev ever published here.
    newest: i64,
}

/// Memory for publications that slow connections have not read. The logs of all channels share it.
#[derive(Default)]
pub struct BacklogBudget {
    used: AtomicUsize,
}

impl BacklogBudget {
    /// Changes a share from `held` to `wanted` bytes. Returns the new share, which is `held` if the budget is used up.
    fn resize(&self, held: usize, wanted: usize) -> usize {
        if wanted <= held {
            self.used.fetch_sub(held - wanted, Ordering::Relaxed);
            return wanted;
        }
        let more = wanted - held;
        if self.used.fetch_add(more, Ordering::Relaxed) + more <= MAX_TOTAL_BACKLOG {
            return wanted;
        }
        self.used.fetch_sub(more, Ordering::Relaxed);
        held
    }
}

/// Result of reading a log.
pub enum LogRead {
    /// Next publications, in order; the cursor has moved past them.
    Next(Vec<Arc<Publication>>),
    /// The log does not reach back to the cursor, or a rev is missing or erased: read the database after `cursor.rev`.
    Behind,
    /// Nothing follows the cursor.
    AtHead,
}

impl Log {
    /// Empty log that shares a budget with others.
    pub fn new(budget: Arc<BacklogBudget>) -> Log {
        let mut log = Log::default();
        log.budget = budget;
        log
    }

    /// Appends a publication. Numbered ones must come in the order of their revs.
    pub fn append(&mut self, publication: Publication) {
        if let Some(rev) = publication.rev {
            self.complete_after.get_or_insert(rev - 1);
            self.newest = rev;
        }
        self.bytes += publication.size();
        self.retained.push_back(Arc::new(publication));
        self.drop_excess();
    }

    /// Removes the publications that contain the text of a message; their revs stay. A connection that has not read
    /// them reads the database.
    pub fn erase(&mut self, message: MessageId) {
        for publication in &mut self.retained {
            if publication.has_text_of(message) {
                self.bytes -= publication.size();
                *publication = Arc::new(publication.erased());
            }
        }
    }

    /// Retains what is appended from now on for an open connection, until [`Log::set_backlog`] is called.
    pub fn start_backlog(&mut self) {
        let head = self.head();
        self.backlog.get_or_insert(head);
    }

    /// Tells the log the position of the first publication that an open connection has not read.
    pub fn set_backlog(&mut self, from: Option<u64>) {
        self.backlog = from;
        self.drop_excess();
        if self.retained.capacity() > 4 * MAX_PUBLICATIONS.max(self.retained.len()) {
            self.retained.shrink_to(MAX_PUBLICATIONS);
        }
    }

    /// Whether an open connection is more than `time` and `bytes` behind.
    pub fn is_backlog_over(&self, time: Duration, bytes: usize) -> bool {
        let oldest = self.backlog.map(|from| from.saturating_sub(self.start));
        let oldest = oldest.and_then(|at| self.retained.get(at as usize));
        self.bytes > bytes && oldest.is_some_and(|oldest| oldest.made_at.elapsed() > time)
    }

    /// Position of the first publication that is newer than `time`.
    pub fn position_since(&self, time: Instant) -> u64 {
        let older = self.retained.partition_point(|one| one.made_at < time);
        self.start + older as u64
    }

    /// Drops all but the newest `count` publications.
    pub fn trim(&mut self, count: usize) {
        while self.retained.len() > count {
            self.drop_oldest();
        }
        if self.retained.capacity() > 4 * count {
            self.retained.shrink_to(count);
        }
    }

    /// Number of publications so far, which is the position of a cursor that has them all.
    pub fn head(&self) -> u64 {
        self.start + self.retained.len() as u64
    }

    /// Newest rev since the server started; `None` before the first.
    pub fn newest(&self) -> Option<i64> {
        self.complete_after.map(|_| self.newest)
    }

    /// Cursor for a client that has everything up to `rev`. `None` if the log does not reach back that far, if more
    /// than `limit` changes follow, if one of them is erased, or if `rev` is in the future (a client can have more than
    /// a restored backup).
    pub fn cursor_after(&self, rev: i64, limit: i64) -> Option<Cursor> {
        if self.complete_after.is_none_or(|complete| rev < complete)
            || !(0..=limit).contains(&(self.newest - rev))
        {
            return None;
        }
        let is_new = |p: &Arc<Publication>| p.rev.is_some_and(|r| r > rev);
        let first_new = self.retained.iter().position(is_new);
        let skipped = first_new.unwrap_or(self.retained.len());
        if self.retained.range(skipped..).any(|one| one.is_erased()) {
            return None;
        }
        Some(Cursor {
            position: self.start + skipped as u64,
            rev,
        })
    }

    /// Returns the next publications after `cursor` and moves it past them.
    pub fn read(&self, cursor: &mut Cursor) -> LogRead {
        let Some(skipped) = cursor.position.checked_sub(self.start) else {
            return LogRead::Behind;
        };
        let (mut next, mut bytes) = (Vec::new(), 0);
        for publication in self.retained.iter().skip(skipped as usize) {
            if bytes > STEP_BYTES {
                break;
            }
            match publication.rev {
                Some(rev) if rev <= cursor.rev => {
                    cursor.position += 1;
                    continue;
                }
                Some(rev) if rev > cursor.rev + 1 || publication.is_erased() => {
                    // A publication could not be rendered, or is erased; its change is in the database.
                    return if next.is_empty() {
                        LogRead::Behind
                    } else {
                        LogRead::Next(next)
                    };
                }
                Some(rev) => cursor.rev = rev,
                None => {}
            }
            cursor.position += 1;
            bytes += publication.size();
            next.push(publication.clone());
        }
        if next.is_empty() {
            LogRead::AtHead
        } else {
            LogRead::Next(next)
        }
    }

    /// Publications to deliver after `position` in one write; `None` at the head. The group ends before a missing or
    /// erased rev, so a subscriber that has all of it has no gap.
    pub fn group(&self, position: u64) -> Option<PublicationGroup> {
        let mut skipped = position.saturating_sub(self.start) as usize;
        let is_erased = |at| self.retained.get(at).is_some_and(|one| one.is_erased());
        while is_erased(skipped) {
            skipped += 1;
        }
        let mut group = PublicationGroup::at(self.start + skipped as u64);
        for publication in self.retained.iter().skip(skipped) {
            if group.bytes() > STEP_BYTES || !group.push(publication) {
                break;
            }
        }
        (group.bytes() > 0).then_some(group)
    }

    fn drop_excess(&mut self) {
        while self.retained.len() > 1 {
            let is_read = self.backlog.is_none_or(|from| self.start < from);
            let is_excess = self.retained.len() > MAX_PUBLICATIONS || self.bytes > MAX_BYTES;
            if !(is_excess && (is_read || !self.borrow())) {
                break;
            }
            self.drop_oldest();
        }
        self.borrow();
    }

    /// Adjusts the share of the budget to the size of the log. Returns whether all of it may be retained.
    fn borrow(&mut self) -> bool {
        let excess = self.bytes.saturating_sub(MAX_BYTES);
        let wanted = excess.min(MAX_BACKLOG_BYTES - MAX_BYTES);
        self.borrowed = self.budget.resize(self.borrowed, wanted);
        excess <= self.borrowed
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.retained.pop_front() {
            self.start += 1;
            self.bytes -= oldest.size();
            self.complete_after = oldest.rev.or(self.complete_after);
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.budget.resize(self.borrowed, 0);
    }
}
