//! What differs between kinds of connection: what they hear, and what becomes of what they say.

use std::{
    future::{Future, pending, ready},
    pin::Pin,
};

use super::{publication::Publication, registry::CloseReason};
use crate::error::Result;

/// Changes that somebody gets at once who comes back; what is further back is behind a link.
pub const REPLAY_LIMIT: i64 = 200;

/// What leads from an older rev to `rev`.
pub struct Replay {
    /// Text messages, in order.
    pub pieces: Vec<String>,
    /// The newest rev that they contain.
    pub rev: i64,
}

/// What becomes of a message that was heard: a text for its sender, or nothing.
pub type TextReply = Pin<Box<dyn Future<Output = Option<String>> + Send>>;

/// What differs between kinds of connection. All texts are the payload of one message each.
pub trait SocketHandler: Send {
    /// Whether publications go out to it as HTML, the same for everyone; if not, [`SocketHandler::encode`]
    /// finds the words.
    const READS_HTML: bool;

    /// Asked when the connection is in the registry: whether it may go on. Who lost that right before was
    /// not found there, and is refused here.
    fn authorize(&mut self) -> impl Future<Output = Result<(), CloseReason>> + Send {
        ready(Ok(()))
    }

    /// What the connection hears first, and again when publications had to be skipped.
    fn on_open(&mut self) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// Reads from the database what changed after `rev`; the newest page if `rev` is 0 or in the future.
    fn replay(&mut self, rev: i64) -> impl Future<Output = Result<Replay>> + Send;

    /// Called once, when the connection has caught up and hears everything from now on.
    fn on_ready(&mut self);

    /// A publication in the client's own words, if it means something to it.
    fn encode(&self, _: &Publication) -> Option<String> {
        None
    }

    /// Acts on a text message; the answer goes to this connection alone. Messages are heard in order;
    /// the next one is heard before the answer to the last has come.
    fn on_text(&mut self, text: String) -> TextReply;

    /// Returns when there is something to tell this connection alone. Cancel-safe.
    fn invalidated(&self) -> impl Future<Output = ()> + Send {
        pending()
    }

    /// What there is to tell, after [`SocketHandler::invalidated`].
    fn updates(&mut self) -> impl Future<Output = Result<Vec<String>>> + Send {
        ready(Ok(Vec::new()))
    }

    /// What shows the client that the connection lives, if it takes something.
    fn heartbeat(&self) -> Option<String>;
}
