//! State that a connection's task shares with the publisher and the registry.
//!
//! Invariant: at any time only one of them writes to the stream. The task enables direct writes when it has delivered
//! everything and has nothing else to send; then the publisher writes. As soon as the peer does not take a whole write
//! at once, the publisher disables direct writes and wakes the task.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::{net::TcpStream, sync::Notify};

use super::{
    close_reason::CloseReason,
    cursor::Cursor,
    group::PublicationGroup,
    publication::{FrameEncoding, Publication},
};

/// Maximum number of publications to one user that wait for a connection, and of their bytes. A client that is slower
/// is closed with 1013; it reads the current state when it reconnects.
pub const QUEUE_LIMIT: usize = 64;
pub const QUEUE_BYTES: usize = 64 << 10;

/// Number of checks without progress after which a connection does not slow down its room.
const CHECKS_WITHOUT_PROGRESS: u8 = 8;

/// One connection, as seen by the publisher and the registry.
pub struct Subscriber {
    direct: Option<DirectWriter>,
    state: Mutex<SubscriberState>,
    wake: Notify,
}

/// Progress of a connection, for one check of its channel.
pub struct Pace {
    /// Position of the first publication that it has not read.
    pub position: u64,
    /// Whether it takes what it is given.
    pub is_reading: bool,
}

/// Publisher's access to a stream, past the connection's task.
pub struct DirectWriter {
    /// Stream, shared with the task.
    pub stream: Arc<TcpStream>,
    /// Encoding of its frames.
    pub encoding: FrameEncoding,
}

#[derive(Default)]
struct SubscriberState {
    cursor: Cursor,
    /// Low half of the position at the last check of [`Subscriber::pace`].
    checked: u32,
    /// Number of checks since the position changed.
    unchanged: u8,
    /// End of a direct write that the peer did not take at once; sent before anything else.
    unsent: Bytes,
    /// Publications to this user alone. `None` while there are none, since most connections are idle.
    queue: Option<Box<UserQueue>>,
    direct_write_enabled: bool,
    close_reason: Option<CloseReason>,
    /// End of the session (ms UTC).
    expires_at: i64,
}

#[derive(Default)]
struct UserQueue {
    publications: Vec<Arc<Publication>>,
    bytes: usize,
}

impl Subscriber {
    /// Starts with direct writes disabled; without `direct` they always are, and the publisher only wakes the task. The
    /// session ends at `expires_at` (ms UTC).
    pub fn new(direct: Option<DirectWriter>, expires_at: i64) -> Subscriber {
        let nothing_needed = Cursor {
            position: u64::MAX,
            rev: 0,
        };
        let state = SubscriberState {
            cursor: nothing_needed,
            expires_at,
            ..SubscriberState::default()
        };
        Subscriber {
            direct,
            state: Mutex::new(state),
            wake: Notify::new(),
        }
    }

    /// For the task: disables direct writes. Returns the cursor, and the bytes to send before anything else.
    pub fn reclaim(&self) -> (Cursor, Bytes) {
        let mut state = self.state.lock();
        state.direct_write_enabled = false;
        (state.cursor, std::mem::take(&mut state.unsent))
    }

    /// For the task: records that everything before `cursor` is written.
    pub fn set_cursor(&self, cursor: Cursor) {
        self.state.lock().cursor = cursor;
    }

    /// For the task: records that everything before `cursor` is written, and enables direct writes. Returns `false` if
    /// publications to this user wait. The task must then read the log once more: no one else delivers what was
    /// appended just before.
    pub fn enable_direct_writes(&self, cursor: Cursor) -> bool {
        let mut state = self.state.lock();
        state.cursor = cursor;
        state.direct_write_enabled = state.close_reason.is_none();
        state.queue.is_none()
    }

    /// For the publisher: writes the group if it is exactly what follows the cursor, else wakes the task. Never waits.
    /// Returns the position of the first publication that the connection has not read. `now` in ms UTC.
    pub fn offer(&self, group: &PublicationGroup, now: i64) -> u64 {
        let mut state = self.state.lock();
        if !state.direct_write_enabled || state.cursor.position >= group.end() {
            return state.cursor.position; // the task reads the log before it enables direct writes
        }
        if now < state.expires_at
            && let Some(after) = group.advance(state.cursor)
            && let Some(DirectWriter { stream, encoding }) = &self.direct
        {
            let frames = group.frames(*encoding);
            // A full or broken stream is left to the task.
            if let Ok(count) = stream.try_write(frames) {
                state.cursor = after;
                if count == frames.len() {
                    return after.position;
                }
                state.unsent = frames.slice(count..);
            }
        }
        state.direct_write_enabled = false;
        let position = state.cursor.position;
        drop(state);
        self.wake.notify_one();
        position
    }

    /// Progress since the last check. A connection counts as not reading when several checks see it at one position.
    pub fn pace(&self) -> Pace {
        let mut state = self.state.lock();
        let position = state.cursor.position;
        state.unchanged = match state.checked == position as u32 {
            true => state.unchanged.saturating_add(1),
            false => 0,
        };
        state.checked = position as u32;
        Pace {
            position,
            is_reading: state.unchanged < CHECKS_WITHOUT_PROGRESS,
        }
    }

    /// Queues a publication for this connection alone and wakes the task. Never waits; closes the connection when its
    /// queue is full.
    pub fn enqueue(&self, publication: &Arc<Publication>) {
        let mut state = self.state.lock();
        let queue = state.queue.get_or_insert_default();
        if queue.publications.len() >= QUEUE_LIMIT || queue.bytes > QUEUE_BYTES {
            drop(state);
            return self.close(CloseReason::TRY_LATER);
        }
        queue.bytes += publication.size();
        queue.publications.push(publication.clone());
        drop(state);
        self.wake.notify_one();
    }

    /// For the task: empties the queue, in the order of [`Subscriber::enqueue`].
    pub fn take_queue(&self) -> Vec<Arc<Publication>> {
        let queue = self.state.lock().queue.take();
        queue.map_or_else(Vec::new, |queue| queue.publications)
    }

    /// Closes the connection. When this returns, the publisher writes nothing more to it.
    pub fn close(&self, reason: CloseReason) {
        let mut state = self.state.lock();
        state.close_reason.get_or_insert(reason);
        state.direct_write_enabled = false;
        drop(state);
        self.wake.notify_one();
    }

    /// Sets when the session ends (ms UTC).
    pub fn set_expiry(&self, expires_at: i64) {
        self.state.lock().expires_at = expires_at;
    }

    /// Time until the session ends; `now` in ms UTC.
    pub fn time_left(&self, now: i64) -> Duration {
        let left = self.state.lock().expires_at.saturating_sub(now);
        Duration::from_millis(left.max(0).unsigned_abs())
    }

    /// The reason to close this connection now, if there is one; `now` in ms UTC.
    pub fn close_reason(&self, now: i64) -> Option<CloseReason> {
        let state = self.state.lock();
        let expired = (now >= state.expires_at).then_some(CloseReason::SESSION_ENDED);
        state.close_reason.or(expired)
    }

    /// Returns when the task has something to do: direct writes were disabled, the queue is not empty, or the
    /// connection is to be closed. Cancel-safe.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(text: &str) -> Arc<Publication> {
        Arc::new(Publication::new(None, text, None))
    }

    #[test]
    fn a_queue_keeps_its_order_and_is_bounded_in_number_and_bytes() {
        let subscriber = Subscriber::new(None, i64::MAX);
        assert!(subscriber.enable_direct_writes(Cursor::default()));
        let all: Vec<_> = (0..QUEUE_LIMIT)
            .map(|n| publication(&n.to_string()))
            .collect();
        all.iter().for_each(|one| subscriber.enqueue(one));
        assert!(!subscriber.enable_direct_writes(Cursor::default()));
        let taken = subscriber.take_queue();
        assert!(taken.iter().zip(&all).all(|(a, b)| Arc::ptr_eq(a, b)));
        assert_eq!(taken.len(), QUEUE_LIMIT);
        assert!(subscriber.take_queue().is_empty(), "each one once");
        assert_eq!(subscriber.close_reason(0), None);

        all.iter().for_each(|one| subscriber.enqueue(one));
        assert_eq!(subscriber.close_reason(0), None, "it fits");
        subscriber.enqueue(&all[0]);
        assert_eq!(subscriber.close_reason(0), Some(CloseReason::TRY_LATER));

        let subscriber = Subscriber::new(None, i64::MAX);
        let large = publication(&"x".repeat(QUEUE_BYTES));
        subscriber.enqueue(&large);
        assert_eq!(subscriber.close_reason(0), None, "a large one alone fits");
        subscriber.enqueue(&large);
        assert_eq!(subscriber.close_reason(0), Some(CloseReason::TRY_LATER));
        assert_eq!(subscriber.take_queue().len(), 1);
    }

    #[test]
    fn an_idle_connection_holds_only_a_pointer_for_its_queue() {
        let without_queue = size_of::<(Cursor, Bytes, (u32, u8, bool), Option<CloseReason>, i64)>();
        assert!(size_of::<SubscriberState>() <= without_queue + size_of::<usize>());
    }
}
