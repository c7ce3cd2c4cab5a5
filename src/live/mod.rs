//! Live delivery: a channel is a log of encoded frames, a connection is a cursor in it.
//!
//! Invariants: publishing never waits for a subscriber; a connection has no queue of its own; every
//! numbered publication reaches a connection once, in order, from the log or from the database.
//! Reading order: `frame` (RFC 6455), `publication`, `log` and `group` (what goes out), `subscriber` (who
//! writes), `channel` and `publisher` (to all at once), `upgrade`, `transport` and `socket` (one stream),
//! `registry` (who is connected), `notifier` (who is told of what happens elsewhere), `handler` and `serve` (the
//! loop of one connection).

mod channel;
pub mod frame;
mod group;
mod handler;
mod log;
mod notifier;
mod online;
mod publication;
mod publisher;
mod registry;
mod serve;
mod socket;
mod subscriber;
#[cfg(test)]
mod tests;
mod transport;
mod upgrade;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use channel::Channel;
pub use handler::{REPLAY_LIMIT, Replay, SocketHandler, TextReply};
pub use notifier::{Invalidations, Notifier, Signal, Subscription};
pub use online::{OnlineGuard, OnlineUsers};
pub use publication::{FrameEncoding, Publication, TextLine};
pub use registry::{CloseReason, SessionGrant};
pub use serve::serve;
pub use socket::{Received, Socket};
pub use upgrade::{PendingUpgrade, Upgrade, upgrade};

use crate::db::ids::RoomId;
use {publisher::Publisher, registry::ConnectionRegistry};

/// The channel of connections that are in no room; nothing is published there.
pub const NO_ROOM: RoomId = RoomId(0);

/// All channels and all sockets of this server. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<LiveInner>);

struct LiveInner {
    channels: Mutex<HashMap<RoomId, Arc<Channel>>>,
    /// Topics with news that the publisher has not been told of.
    due: Mutex<Vec<(RoomId, Arc<Channel>)>>,
    publisher: Publisher,
    registry: Arc<ConnectionRegistry>,
    notifier: Notifier,
    online: OnlineUsers,
}

impl Live {
    /// Nobody is connected; the delivering threads wait.
    pub fn start() -> Live {
        let notifier = Notifier::start();
        Live(Arc::new(LiveInner {
            channels: Mutex::default(),
            due: Mutex::default(),
            publisher: Publisher::start(),
            registry: Arc::default(),
            online: OnlineUsers::new(notifier.clone()),
            notifier,
        }))
    }

    /// Appends to a room's log, for all who listen from [`Live::flush`] on. Numbered publications must
    /// come in the order of their revs.
    pub fn publish(&self, room: RoomId, publication: Publication) {
        let (channel, counts) = (self.channel(room), publication.rev.is_some());
        if channel.append(publication) {
            lock(&self.0.due).push((room, channel));
        }
        if counts {
            self.0.notifier.room_changed(room); // after it: who is told looks at once
        }
    }

    /// Starts the delivery of what was published: all of it in one write for each subscriber.
    pub fn flush(&self) {
        for (room, channel) in lock(&self.0.due).drain(..) {
            self.0.publisher.post(room, channel);
        }
    }

    /// The channel of a room; made on first use, empty: what is older is read from the database.
    pub fn channel(&self, room: RoomId) -> Arc<Channel> {
        lock(&self.0.channels).entry(room).or_default().clone()
    }

    /// The newest rev that was published in each of these rooms since the server started.
    pub fn newest(&self, rooms: impl Iterator<Item = RoomId>) -> Vec<Option<i64>> {
        let channels = lock(&self.0.channels);
        let newest = |room| channels.get(&room).and_then(|channel| channel.newest());
        rooms.map(newest).collect()
    }

    /// Forgets a room that is no more.
    pub fn remove_channel(&self, room: RoomId) {
        lock(&self.0.channels).remove(&room);
    }

    /// Who is told of what happens elsewhere.
    pub fn notifier(&self) -> &Notifier {
        &self.0.notifier
    }

    /// The users who are online.
    pub fn online(&self) -> &OnlineUsers {
        &self.0.online
    }

    /// Who is connected.
    pub fn registry(&self) -> &Arc<ConnectionRegistry> {
        &self.0.registry
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
