//! Differences between kinds of connection: what they send, and what they do with received messages.

use std::{
    future::{Future, pending, ready},
    pin::Pin,
};

use super::{close_reason::CloseReason, publication::Publication};
use crate::error::Result;

/// Maximum number of changes that a returning client receives; older ones are behind a link.
pub const REPLAY_LIMIT: i64 = 200;

/// Changes between an older rev and `rev`.
pub struct Replay {
    /// Text messages, in order.
    pub pieces: Vec<String>,
    /// Newest rev that they contain.
    pub rev: i64,
}

/// Outcome of a received message: a text for its sender alone, or `None`.
pub type TextReply = Pin<Box<dyn Future<Output = Option<String>> + Send>>;

/// Behavior of one kind of connection. Each text is the payload of one WebSocket message.
pub trait SocketHandler: Send {
    /// Whether the client receives publications as HTML, which is the same for everyone. If not,
    /// [`SocketHandler::encode`] makes its texts.
    const READS_HTML: bool;

    /// Checks that the connection is still allowed. Called once it is in the registry: a right that was lost before
    /// then could not close it from there.
    fn authorize(&mut self) -> impl Future<Output = Result<(), CloseReason>> + Send {
        ready(Ok(()))
    }

    /// First texts of a connection; sent again whenever publications had to be skipped.
    fn on_open(&mut self) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// Reads from the database what changed after `rev`; the newest page if `rev` is 0 or in the future.
    fn replay(&mut self, rev: i64) -> impl Future<Output = Result<Replay>> + Send;

    /// Called once, when the connection is up to date and receives everything from now on.
    fn on_ready(&mut self) {}

    /// Publication as text for this client; `None` if it is of no use there.
    fn encode(&self, _: &Publication) -> Option<String> {
        None
    }

    /// Acts on a received text message. Messages are passed in order, and the next one without waiting for the reply to
    /// the last.
    fn on_text(&mut self, text: String) -> TextReply;

    /// Returns when [`SocketHandler::updates`] may have something to send. Cancel-safe.
    fn invalidated(&self) -> impl Future<Output = ()> + Send {
        pending()
    }

    /// Texts that bring this connection up to date, after [`SocketHandler::invalidated`].
    fn updates(&mut self) -> impl Future<Output = Result<Vec<String>>> + Send {
        ready(Ok(Vec::new()))
    }

    /// Text that shows the client that the connection is alive; `None` if it would not understand one.
    fn heartbeat(&self) -> Option<String> {
        None
    }
}
