//! A topic: the log of a room and those who listen to it.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    group::Group,
    listener::Listener,
    log::{Cursor, Log, Step},
    publication::Publication,
};
use crate::db::time;

/// Listeners taken from the list at once: joining and leaving wait no longer than it takes to copy these.
const CHUNK: usize = 64;

/// Publications kept of a room that nobody listens to: there may be very many such rooms, and who comes
/// back finds the rest in the database.
const QUIET: usize = 8;

/// A room's log, and its listeners.
#[derive(Default)]
pub struct Topic {
    log: Mutex<Log>,
    listeners: Mutex<Listeners>,
    /// The position up to which the publisher has gone.
    delivered: Mutex<u64>,
    /// Waits for the publisher already.
    due: AtomicBool,
}

#[derive(Default)]
struct Listeners {
    next: u64,
    by_number: BTreeMap<u64, Arc<Listener>>,
}

/// A place among the listeners, given up when dropped.
pub struct Joined {
    topic: Arc<Topic>,
    number: u64,
}

impl Topic {
    /// Appends to the log. Says whether the publisher has to be told, which is once for all that is
    /// appended until it comes.
    pub(super) fn append(&self, publication: Publication) -> bool {
        let alone = self.lock(&self.listeners).by_number.is_empty();
        let mut log = self.log();
        log.append(publication);
        if alone {
            log.trim(QUIET);
        }
        drop(log);
        !self.due.swap(true, Ordering::AcqRel)
    }

    /// Offers the next group to all listeners. Says whether there is more, and then has to come again.
    pub(super) fn deliver(&self) -> bool {
        self.due.store(false, Ordering::Release);
        let mut delivered = self.lock(&self.delivered);
        let Some(group) = self.log().group(*delivered) else {
            return false;
        };
        *delivered = group.end();
        self.offer(&group);
        *delivered < self.log().head() && !self.due.swap(true, Ordering::AcqRel)
    }

    fn offer(&self, group: &Group) {
        let (now, mut from) = (time::now(), Bound::Unbounded);
        let mut chunk: Vec<(u64, Arc<Listener>)> = Vec::with_capacity(CHUNK);
        loop {
            let range = (from, Bound::Unbounded);
            let listeners = self.lock(&self.listeners);
            let next = listeners.by_number.range(range).take(CHUNK);
            chunk.extend(next.map(|(number, listener)| (*number, listener.clone())));
            drop(listeners);
            let Some((last, _)) = chunk.last() else {
                return;
            };
            from = Bound::Excluded(*last);
            for (_, listener) in chunk.drain(..) {
                listener.offer(group, now);
            }
        }
    }

    /// From now on, what is published is offered to `listener`.
    pub fn join(self: &Arc<Topic>, listener: Arc<Listener>) -> Joined {
        let mut listeners = self.lock(&self.listeners);
        listeners.next += 1;
        let number = listeners.next;
        listeners.by_number.insert(number, listener);
        Joined {
            topic: self.clone(),
            number,
        }
    }

    /// See [`Log::newest`].
    pub fn newest(&self) -> Option<i64> {
        self.log().newest()
    }

    /// See [`Log::cursor_after`].
    pub fn cursor_after(&self, rev: i64, most: i64) -> Option<Cursor> {
        self.log().cursor_after(rev, most)
    }

    /// A cursor at the newest publication, for somebody who is about to read the database up to some
    /// rev: take it first, read then, and set `rev` after; what is in both is skipped by its rev.
    pub fn cursor_at_head(&self, rev: i64) -> Cursor {
        Cursor {
            position: self.log().head(),
            rev,
        }
    }

    /// See [`Log::read`].
    pub fn read(&self, cursor: &mut Cursor) -> Step {
        self.log().read(cursor)
    }

    /// Whether nothing follows `cursor`.
    pub fn ends_at(&self, cursor: Cursor) -> bool {
        cursor.position == self.log().head()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.lock(&self.log)
    }

    fn lock<'a, T>(&self, what: &'a Mutex<T>) -> MutexGuard<'a, T> {
        what.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let mut listeners = self.topic.lock(&self.topic.listeners);
        listeners.by_number.remove(&self.number);
    }
}
