//! Delivery of a room: its log, and its subscribers.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;

use super::{
    cursor::Cursor,
    group::PublicationGroup,
    log::{Log, LogRead},
    publication::Publication,
    subscriber::Subscriber,
};
use crate::db::time;

/// Number of subscribers copied from the list at once. Subscribing never waits longer than one copy.
const CHUNK: usize = 64;

/// Number of publications retained of a room without subscribers. There can be very many such rooms, and a client that
/// comes back reads the others from the database.
const IDLE_RETENTION: usize = 8;

/// Log of a room, and its subscribers.
#[derive(Default)]
pub struct Channel {
    log: Mutex<Log>,
    subscribers: Mutex<Subscribers>,
    /// Position up to which the publisher has delivered.
    delivered: Mutex<u64>,
    /// Whether the channel is queued at the publisher.
    scheduled: AtomicBool,
}

#[derive(Default)]
struct Subscribers {
    last_number: u64,
    by_number: BTreeMap<u64, Arc<Subscriber>>,
}

/// Subscription to a channel. Unsubscribes when dropped.
pub struct ChannelSubscription {
    channel: Arc<Channel>,
    number: u64,
}

impl Channel {
    /// Appends to the log. Returns whether the channel must be queued at the publisher, which is needed once for all
    /// that is appended until the next delivery.
    pub(super) fn append(&self, publication: Publication) -> bool {
        let has_subscribers = !self.subscribers.lock().by_number.is_empty();
        let mut log = self.log.lock();
        log.append(publication);
        if !has_subscribers {
            log.trim(IDLE_RETENTION);
        }
        drop(log);
        !self.scheduled.swap(true, Ordering::AcqRel)
    }

    /// Offers the next group to all subscribers. Returns whether more follows and the caller must call again.
    pub(super) fn deliver(&self) -> bool {
        self.scheduled.store(false, Ordering::Release);
        let mut delivered = self.delivered.lock();
        let Some(group) = self.log.lock().group(*delivered) else {
            return false;
        };
        *delivered = group.end();
        self.offer(&group);
        *delivered < self.log.lock().head() && !self.scheduled.swap(true, Ordering::AcqRel)
    }

    fn offer(&self, group: &PublicationGroup) {
        let (now, mut from) = (time::now(), Bound::Unbounded);
        let mut chunk: Vec<(u64, Arc<Subscriber>)> = Vec::with_capacity(CHUNK);
        loop {
            let range = (from, Bound::Unbounded);
            let subscribers = self.subscribers.lock();
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

    /// Offers everything that is published from now on to `subscriber`.
    pub fn subscribe(self: &Arc<Channel>, subscriber: Arc<Subscriber>) -> ChannelSubscription {
        let mut subscribers = self.subscribers.lock();
        subscribers.last_number += 1;
        let number = subscribers.last_number;
        subscribers.by_number.insert(number, subscriber);
        ChannelSubscription {
            channel: self.clone(),
            number,
        }
    }

    /// See [`Log::newest`].
    pub fn newest(&self) -> Option<i64> {
        self.log.lock().newest()
    }

    /// See [`Log::cursor_after`].
    pub fn cursor_after(&self, rev: i64, limit: i64) -> Option<Cursor> {
        self.log.lock().cursor_after(rev, limit)
    }

    /// Cursor at the head of the log. A connection takes it before it reads the database, then sets `rev` to the rev
    /// that it read up to, so that publications that it read already are skipped.
    pub fn cursor_at_head(&self, rev: i64) -> Cursor {
        Cursor {
            position: self.log.lock().head(),
            rev,
        }
    }

    /// See [`Log::read`].
    pub fn read(&self, cursor: &mut Cursor) -> LogRead {
        self.log.lock().read(cursor)
    }

    /// Whether nothing follows `cursor`.
    pub fn is_at_head(&self, cursor: Cursor) -> bool {
        cursor.position == self.log.lock().head()
    }
}

impl Drop for ChannelSubscription {
    fn drop(&mut self) {
        let mut subscribers = self.channel.subscribers.lock();
        subscribers.by_number.remove(&self.number);
    }
}
