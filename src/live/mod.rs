//! Live delivery: a channel is a log of encoded frames, and a connection is a cursor in it.
//!
//! Invariants: publishing never waits for a subscriber; a connection has no queue for its room; every numbered
//! publication reaches a connection once, in order, from the log or from the database.
//!
//! Reading order: `frame`, `publication`, `cursor`, `group` and `log` (the data), `subscriber`, `channel` and
//! `publisher` (delivery), `transport`, `socket` and `upgrade` (a stream), `registry`, `notifier`, `online`, `hub`,
//! `handler`, `serve`.

mod channel;
mod close_reason;
mod cursor;
pub mod frame;
mod group;
mod handler;
mod hub;
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

pub use channel::{Admission, Channel, CongestedPost};
pub use close_reason::CloseReason;
pub use handler::{REPLAY_LIMIT, Replay, SocketHandler, TextReply};
pub use hub::{Live, NO_ROOM};
pub use notifier::{Invalidations, Notifier, Signal, Subscription};
pub use online::{OnlineGuard, OnlineUsers};
pub use publication::{FrameEncoding, Publication, TextLine};
pub use registry::SessionGrant;
pub use serve::serve;
pub use socket::{Received, Socket};
pub use upgrade::{PendingUpgrade, Upgrade, upgrade};
