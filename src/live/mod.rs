//! Live delivery: a topic is a log of encoded frames, a connection is a cursor in it.
//!
//! Invariants: publishing never waits for a listener; a connection has no queue of its own; every
//! numbered publication reaches a connection once, in order, from the tail or from the database.
//! Reading order: `frame` (RFC 6455), `log` (topics), `upgrade`, `socket` (one stream), `seats` (who is
//! connected, and the way to end them), `serve` (the loop of one connection).

pub mod frame;
mod log;
mod seats;
mod serve;
mod socket;
mod upgrade;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

pub use log::{Line, Publication, Topic};
pub use seats::{Ending, Pass, Seats};
pub use serve::{CATCH_UP, CatchUp, Client, serve};
pub use socket::{Heard, Socket};
pub use upgrade::{Upgrade, Upgrading, upgrade};

use crate::db::ids::RoomId;

/// All topics and all sockets of this server. Cheap to clone.
#[derive(Clone, Default)]
pub struct Live {
    topics: Arc<Mutex<HashMap<RoomId, Arc<Topic>>>>,
    /// Who is connected.
    pub seats: Arc<Seats>,
}

impl Live {
    /// The topic of a room; made on first use, empty: what is older is read from the database.
    pub fn topic(&self, room: RoomId) -> Arc<Topic> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.entry(room).or_default().clone()
    }
}
