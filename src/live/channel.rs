//! Delivery of a room: its log, and its subscribers.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    cursor::Cursor,
    group::PublicationGroup,
    log::{BacklogBudget, Log, LogRead},
    publication::Publication,
    subscriber::Subscriber,
};
use crate::db::{ids::MessageId, time};

/// Number of subscribers copied from the list at once. Subscribing never waits longer than one copy.
const CHUNK: usize = 64;

/// Number of publications retained of a room without subscribers. There can be very many such rooms, and a client that
/// comes back reads the others from the database.
const IDLE_RETENTION: usize = 8;

/// Posts wait while most readers are later than this and the log has more than `MIN_BACKLOG_BYTES`, which is more than
/// a slow network explains.
const MAX_DELAY: Duration = Duration::from_millis(250);
const MIN_BACKLOG_BYTES: usize = 256 << 10;
/// Time between two checks of the delay, and between two looks of a waiting post.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);
const WAIT_INTERVAL: Duration = Duration::from_millis(20);
/// Maximum number of posts that wait. They are queued together, so many of them would make the readers late again.
const MAX_WAITING: usize = 128;

/// Log of a room, and its subscribers.
#[derive(Default)]
pub struct Channel {
    log: Mutex<Log>,
    congestion: Mutex<Congestion>,
    subscribers: Mutex<Subscribers>,
    /// Position up to which the publisher has delivered.
    delivered: Mutex<u64>,
    /// Whether the channel is queued at the publisher.
    scheduled: AtomicBool,
}

/// Whether most readers of a channel are late, and the number of posts that wait for them.
#[derive(Default)]
struct Congestion {
    is_congested: bool,
    checked_at: Option<Instant>,
    waiting: usize,
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
    /// Channel without publications, whose log shares a budget with those of others.
    pub(super) fn new(budget: Arc<BacklogBudget>) -> Channel {
        Channel {
            log: Mutex::new(Log::new(budget)),
            ..Channel::default()
        }
    }

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

    /// See [`Log::erase`].
    pub(super) fn erase(&self, message: MessageId) {
        self.log.lock().erase(message);
    }

    /// Offers the next group to all subscribers. Returns whether more follows and the caller must call again.
    pub(super) fn deliver(&self) -> bool {
        self.scheduled.store(false, Ordering::Release);
        let mut delivered = self.delivered.lock();
        let Some(group) = self.log.lock().group(*delivered) else {
            return false;
        };
        *delivered = group.end();
        let oldest = self.offer(&group);
        self.log.lock().set_backlog(oldest);
        *delivered < self.log.lock().head() && !self.scheduled.swap(true, Ordering::AcqRel)
    }

    /// Returns the position of the first publication that a subscriber has not read; `None` without subscribers.
    fn offer(&self, group: &PublicationGroup) -> Option<u64> {
        let now = time::now();
        self.visit(|subscriber| subscriber.offer(group, now))
    }

    /// Calls a function with each subscriber. Returns the smallest result; `None` without subscribers.
    fn visit(&self, mut visit: impl FnMut(&Subscriber) -> u64) -> Option<u64> {
        let (mut smallest, mut from) = (None, Bound::Unbounded);
        let mut chunk: Vec<(u64, Arc<Subscriber>)> = Vec::with_capacity(CHUNK);
        loop {
            let range = (from, Bound::Unbounded);
            let subscribers = self.subscribers.lock();
            let next = subscribers.by_number.range(range).take(CHUNK);
            chunk.extend(next.map(|(number, subscriber)| (*number, subscriber.clone())));
            drop(subscribers);
            let Some((last, _)) = chunk.last() else {
                return smallest;
            };
            from = Bound::Excluded(*last);
            for (_, subscriber) in chunk.drain(..) {
                let result = visit(&subscriber);
                smallest = Some(smallest.map_or(result, |smallest: u64| smallest.min(result)));
            }
        }
    }

    /// Decides when a post can be queued. While one waits, all later ones wait, so that they stay in order.
    pub fn admit(self: &Arc<Channel>) -> Admission {
        let is_congested = self.is_congested();
        let mut congestion = self.congestion.lock();
        match congestion.waiting {
            0 if !is_congested => Admission::Now,
            MAX_WAITING.. => Admission::Refused,
            _ => {
                congestion.waiting += 1;
                Admission::Later(CongestedPost(self.clone()))
            }
        }
    }

    /// Whether more than half of the connections that take what they are given are late. One that takes nothing does
    /// not count: a poster never waits for a stalled reader.
    fn is_congested(&self) -> bool {
        if !self
            .log
            .lock()
            .is_backlog_over(MAX_DELAY, MIN_BACKLOG_BYTES)
        {
            self.congestion.lock().is_congested = false;
            return false;
        }
        let now = Instant::now();
        let mut congestion = self.congestion.lock();
        let is_due = |at: Instant| now.duration_since(at) >= CHECK_INTERVAL;
        if congestion.checked_at.is_some_and(|at| !is_due(at)) {
            return congestion.is_congested;
        }
        congestion.checked_at = Some(now);
        drop(congestion);
        let in_time = self.log.lock().position_since(now - MAX_DELAY);
        let (mut reading, mut late) = (0, 0);
        let oldest = self.visit(|subscriber| {
            let pace = subscriber.pace();
            reading += usize::from(pace.is_reading);
            late += usize::from(pace.is_reading && pace.position < in_time);
            pace.position
        });
        self.log.lock().set_backlog(oldest);
        let is_congested = 2 * late > reading;
        self.congestion.lock().is_congested = is_congested;
        is_congested
    }

    /// Offers everything that is published from now on to `subscriber`.
    pub fn subscribe(self: &Arc<Channel>, subscriber: Arc<Subscriber>) -> ChannelSubscription {
        let mut subscribers = self.subscribers.lock();
        subscribers.last_number += 1;
        let number = subscribers.last_number;
        subscribers.by_number.insert(number, subscriber);
        drop(subscribers);
        self.log.lock().start_backlog();
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

/// When a post can be queued.
pub enum Admission {
    /// At once: most readers are in time.
    Now,
    /// When most readers have caught up.
    Later(CongestedPost),
    /// Not at all: too many posts wait.
    Refused,
}

/// A post that waits until the readers of a channel have caught up.
pub struct CongestedPost(Arc<Channel>);

impl CongestedPost {
    /// Returns when most readers have caught up. Must run under a timeout.
    pub async fn wait(&self) {
        while self.0.is_congested() {
            tokio::time::sleep(WAIT_INTERVAL).await;
        }
    }
}

impl Drop for CongestedPost {
    fn drop(&mut self) {
        self.0.congestion.lock().waiting -= 1;
    }
}

impl Drop for ChannelSubscription {
    fn drop(&mut self) {
        let mut subscribers = self.channel.subscribers.lock();
        subscribers.by_number.remove(&self.number);
    }
}
