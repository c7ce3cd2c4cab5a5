//! A channel: the log of a room and those who listen to it.

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
    log::{Cursor, Log, Step},
    publication::Publication,
    subscriber::Subscriber,
};
use crate::db::time;

/// Subscribers taken from the list at once: joining and leaving wait no longer than it takes to copy these.
const CHUNK: usize = 64;

/// Publications kept of a room that nobody listens to: there may be very many such rooms, and who comes
/// back finds the rest in the database.
const QUIET: usize = 8;

/// A room's log, and its subscribers.
#[derive(Default)]
pub struct Channel {
    log: Mutex<Log>,
    subscribers: Mutex<Subscribers>,
    /// The position up to which the publisher has gone.
    delivered: Mutex<u64>,
    /// Waits for the publisher already.
    due: AtomicBool,
}

#[derive(Default)]
struct Subscribers {
    next: u64,
    by_number: BTreeMap<u64, Arc<Subscriber>>,
}

/// A place among the subscribers, given up when dropped.
pub struct ChannelSubscription {
    channel: Arc<Channel>,
    number: u64,
}

impl Channel {
    /// Appends to the log. Says whether the publisher has to be told, which is once for all that is
    /// appended until it comes.
    pub(super) fn append(&self, publication: Publication) -> bool {
        let alone = self.lock(&self.subscribers).by_number.is_empty();
        let mut log = self.log();
        log.append(publication);
        if alone {
            log.trim(QUIET);
        }
        drop(log);
        !self.due.swap(true, Ordering::AcqRel)
    }

    /// Offers the next group to all subscribers. Says whether there is more, and then has to come again.
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
        let mut chunk: Vec<(u64, Arc<Subscriber>)> = Vec::with_capacity(CHUNK);
        loop {
            let range = (from, Bound::Unbounded);
            let subscribers = self.lock(&self.subscribers);
            let next = subscribers.by_number.range(range).take(CHUNK);
            chunk.extend(next.map(|(number, subscriber)| (*number, subscriber.clone())));
            drop(subscribers);
            let Some((last, _)) = chunk.last() else {
                return;
            };
            from = Bound::Excluded(*last);
            for (_, subscriber) in chunk.drain(..) {
                subscriber.offer(group, now);
            }
        }
    }

    /// From now on, what is published is offered to `subscriber`.
    pub fn subscribe(self: &Arc<Channel>, subscriber: Arc<Subscriber>) -> ChannelSubscription {
        let mut subscribers = self.lock(&self.subscribers);
        subscribers.next += 1;
        let number = subscribers.next;
        subscribers.by_number.insert(number, subscriber);
        ChannelSubscription {
            channel: self.clone(),
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

impl Drop for ChannelSubscription {
    fn drop(&mut self) {
        let mut subscribers = self.channel.lock(&self.channel.subscribers);
        subscribers.by_number.remove(&self.number);
    }
}
