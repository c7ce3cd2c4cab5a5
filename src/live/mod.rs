//! Live delivery: a topic is a log of encoded frames, a connection is a cursor in it.
//!
//! Invariants: publishing never waits for a listener; a connection has no queue of its own; every
//! numbered publication reaches a connection once, in order, from the log or from the database.
//! Reading order: `frame` (RFC 6455), `publication`, `log` and `group` (what goes out), `listener` (who
//! writes), `topic` and `publisher` (to all at once), `upgrade`, `wire` and `socket` (one stream),
//! `seats` (who is connected), `bells` (who is told of what happens elsewhere), `client` and `serve` (the
//! loop of one connection).

mod bells;
mod client;
pub mod frame;
mod group;
mod listener;
mod log;
mod publication;
mod publisher;
mod seats;
mod serve;
mod socket;
#[cfg(test)]
mod tests;
mod topic;
mod upgrade;
mod wire;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use bells::{Bell, Bells, Hung, News};
pub use client::{Answer, CATCH_UP, CatchUp, Client};
pub use publication::{Coding, Line, Publication};
pub use seats::{Ending, Pass};
pub use serve::serve;
pub use socket::{Heard, Socket};
pub use topic::Topic;
pub use upgrade::{Upgrade, Upgrading, upgrade};

use crate::db::ids::RoomId;
use {publisher::Publisher, seats::Seats};

/// The topic of connections that are in no room; nothing is published there.
pub const NOWHERE: RoomId = RoomId(0);

/// All topics and all sockets of this server. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    topics: Mutex<HashMap<RoomId, Arc<Topic>>>,
    /// Topics with news that the publisher has not been told of.
    due: Mutex<Vec<(RoomId, Arc<Topic>)>>,
    publisher: Publisher,
    seats: Arc<Seats>,
    bells: Bells,
}

impl Live {
    /// Nobody is connected; the delivering threads wait.
    pub fn start() -> Live {
        Live(Arc::new(Inner {
            topics: Mutex::default(),
            due: Mutex::default(),
            publisher: Publisher::start(),
            seats: Arc::default(),
            bells: Bells::start(),
        }))
    }

    /// Appends to a room's log, for all who listen from [`Live::flush`] on. Numbered publications must
    /// come in the order of their revs.
    pub fn publish(&self, room: RoomId, publication: Publication) {
        let (topic, counts) = (self.topic(room), publication.rev.is_some());
        if topic.append(publication) {
            lock(&self.0.due).push((room, topic));
        }
        if counts {
            self.0.bells.stir(room); // after it: who is told looks at once
        }
    }

    /// Starts the delivery of what was published: all of it in one write for each listener.
    pub fn flush(&self) {
        for (room, topic) in lock(&self.0.due).drain(..) {
            self.0.publisher.post(room, topic);
        }
    }

    /// The topic of a room; made on first use, empty: what is older is read from the database.
    pub fn topic(&self, room: RoomId) -> Arc<Topic> {
        lock(&self.0.topics).entry(room).or_default().clone()
    }

    /// The newest rev that was published in each of these rooms since the server started.
    pub fn newest(&self, rooms: impl Iterator<Item = RoomId>) -> Vec<Option<i64>> {
        let topics = lock(&self.0.topics);
        let newest = |room| topics.get(&room).and_then(|topic| topic.newest());
        rooms.map(newest).collect()
    }

    /// Forgets a room that is no more.
    pub fn forget(&self, room: RoomId) {
        lock(&self.0.topics).remove(&room);
    }

    /// Who is told of what happens elsewhere.
    pub fn bells(&self) -> &Bells {
        &self.0.bells
    }

    /// Who is connected.
    pub fn seats(&self) -> &Arc<Seats> {
        &self.0.seats
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
