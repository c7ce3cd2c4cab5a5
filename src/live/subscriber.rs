//! What the publisher and a connection's own task share: who writes next, and from where.
//!
//! Invariant: at any time one of the two writes. The task lends its stream when it stands at the head
//! of the log and has nothing to say; the publisher writes then, and gives the stream back as soon as
//! the peer does not take everything at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::{net::TcpStream, sync::Notify};

use super::{group::Group, log::Cursor, publication::FrameEncoding, registry::CloseReason};

/// One connection as the publisher and the registry see it.
pub struct Subscriber {
    direct: Option<Direct>,
    state: Mutex<State>,
    wake: Notify,
}

/// The way past the connection's task.
pub struct Direct {
    /// The stream, shared with the task.
    pub stream: Arc<TcpStream>,
    /// What its peer takes.
    pub encoding: FrameEncoding,
}

struct State {
    cursor: Cursor,
    /// The end of a write that the peer did not take at once: goes out before anything else.
    rest: Bytes,
    /// The publisher may write.
    lent: bool,
    ending: Option<CloseReason>,
    /// When the session ends (ms UTC).
    until: i64,
}

impl Subscriber {
    /// Written to by its own task until it lends its stream. Without `direct` the publisher only wakes
    /// the task. It ends at `until` (ms UTC).
    pub fn new(direct: Option<Direct>, until: i64) -> Subscriber {
        let state = State {
            cursor: Cursor::default(),
            rest: Bytes::new(),
            lent: false,
            ending: None,
            until,
        };
        Subscriber {
            direct,
            state: Mutex::new(state),
            wake: Notify::new(),
        }
    }

    /// For the task: from here on it writes, first what is returned, then what follows the cursor.
    pub fn take_back(&self) -> (Cursor, Bytes) {
        let mut state = self.state();
        state.lent = false;
        (state.cursor, std::mem::take(&mut state.rest))
    }

    /// For the task: everything before `cursor` is written, and it goes on writing.
    pub fn keep(&self, cursor: Cursor) {
        self.state().cursor = cursor;
    }

    /// For the task: everything before `cursor` is written; the publisher may go on. The task must look
    /// at the log once more after this: what was appended just before is nobody else's business.
    pub fn lend(&self, cursor: Cursor) {
        let mut state = self.state();
        state.cursor = cursor;
        state.lent = state.ending.is_none();
    }

    /// For the publisher: writes the group if that is all that is missing, else wakes the task.
    /// Never waits. `now` in ms UTC.
    pub fn offer(&self, group: &Group, now: i64) {
        let mut state = self.state();
        if !state.lent || state.cursor.position >= group.end() {
            return; // the task looks at the log before it lends, and it has seen this
        }
        if now < state.until
            && let Some(after) = group.after(state.cursor)
            && let Some(Direct { stream, encoding }) = &self.direct
        {
            let frames = group.frames(*encoding);
            // Full or broken: the task will see.
            if let Ok(count) = stream.try_write(frames) {
                state.cursor = after;
                if count == frames.len() {
                    return;
                }
                state.rest = frames.slice(count..);
            }
        }
        state.lent = false;
        drop(state);
        self.wake.notify_one();
    }

    /// Ends the connection: when this returns, the publisher writes nothing more to it.
    pub fn end(&self, ending: CloseReason) {
        let mut state = self.state();
        state.ending.get_or_insert(ending);
        state.lent = false;
        drop(state);
        self.wake.notify_one();
    }

    /// Whether this connection is to end now; `now` in ms UTC.
    pub fn ending(&self, now: i64) -> Option<CloseReason> {
        let state = self.state();
        state
            .ending
            .or((now >= state.until).then_some(CloseReason::UNWELCOME))
    }

    /// Returns when the task has something to do: the stream came back, or the connection ends.
    /// Cancel-safe.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
