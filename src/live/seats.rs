//! Who is connected, and the way to end a connection from outside.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::db::ids::SessionId;

/// Open sockets of one session at most, unless limits are off: many tabs, but no flood.
pub const PER_SESSION: usize = 20;

/// Ended sessions that are remembered; an upgrade takes milliseconds, so few matter.
const REMEMBERED: usize = 1024;

/// Why a connection is ended: a close code (RFC 6455, section 7.4) and a word for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending(pub u16, pub &'static str);

impl Ending {
    /// The session is over, or was never valid.
    pub const UNWELCOME: Ending = Ending(1008, "log in again");
    /// The server stops; it is expected back.
    pub const RESTART: Ending = Ending(1012, "the server restarts");
    /// Too many sockets, or too slow.
    pub const LATER: Ending = Ending(1013, "try again later");
}

/// The registry of all connections.
#[derive(Default)]
pub struct Seats(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    taken: HashMap<u64, (SessionId, watch::Sender<Option<Ending>>)>,
    closing: bool,
    /// Sessions that ended lately: an upgrade under way then must not be seated after.
    ended: VecDeque<SessionId>,
}

/// What a session may do here.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// The session the connection belongs to.
    pub session: SessionId,
    /// When that session ends at the latest (ms UTC).
    pub until: i64,
    /// Whether [`PER_SESSION`] holds.
    pub limited: bool,
}

/// A connection's place in the registry, given up when dropped.
pub struct Seat {
    id: u64,
    seats: Arc<Seats>,
    ending: watch::Receiver<Option<Ending>>,
    until: i64,
}

impl Seats {
    /// Takes a seat.
    ///
    /// # Errors
    /// Why there is none.
    pub fn take(self: &Arc<Seats>, pass: Pass) -> Result<Seat, Ending> {
        let mut state = self.state();
        if state.closing {
            return Err(Ending::RESTART);
        }
        if state.ended.contains(&pass.session) {
            return Err(Ending::UNWELCOME);
        }
        let taken = state
            .taken
            .values()
            .filter(|(session, _)| *session == pass.session);
        if pass.limited && taken.count() >= PER_SESSION {
            return Err(Ending::LATER);
        }
        state.next += 1;
        let id = state.next;
        let (sender, ending) = watch::channel(None);
        state.taken.insert(id, (pass.session, sender));
        Ok(Seat {
            id,
            seats: self.clone(),
            ending,
            until: pass.until,
        })
    }

    /// Ends all connections of a session, also those that are just being opened.
    pub fn end_session(&self, session: SessionId) {
        let mut state = self.state();
        state.ended.push_back(session);
        if state.ended.len() > REMEMBERED {
            state.ended.pop_front();
        }
        for (_, sender) in state.taken.values().filter(|(s, _)| *s == session) {
            sender.send_replace(Some(Ending::UNWELCOME));
        }
    }

    /// Ends all connections, and refuses new ones from now on.
    pub fn end_all(&self, ending: Ending) {
        let mut state = self.state();
        state.closing = true;
        for (_, sender) in state.taken.values() {
            sender.send_replace(Some(ending));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Whether this connection is to end now; `now` in ms UTC.
    pub fn ending(&self, now: i64) -> Option<Ending> {
        (*self.ending.borrow()).or((now >= self.until).then_some(Ending::UNWELCOME))
    }

    /// Returns when [`Seat::ending`] may have changed. Cancel-safe.
    pub async fn changed(&mut self) {
        if self.ending.changed().await.is_err() {
            std::future::pending::<()>().await; // the registry outlives its seats
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.state().taken.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(session: i64) -> Pass {
        Pass {
            session: SessionId(session),
            until: 100,
            limited: true,
        }
    }

    #[test]
    fn ending_a_session_ends_its_seats_and_no_others() {
        let seats = Arc::new(Seats::default());
        let (mine, theirs) = (
            seats.take(pass(1)).expect("free"),
            seats.take(pass(2)).expect("free"),
        );
        seats.end_session(SessionId(1));
        assert_eq!(mine.ending(0), Some(Ending::UNWELCOME));
        assert_eq!(theirs.ending(0), None);
        assert_eq!(
            seats.take(pass(1)).err(),
            Some(Ending::UNWELCOME),
            "an upgrade was under way"
        );
        assert_eq!(
            theirs.ending(100),
            Some(Ending::UNWELCOME),
            "sessions end by themselves"
        );
    }

    #[test]
    fn a_session_has_so_many_seats_and_gets_them_back() {
        let seats = Arc::new(Seats::default());
        let mut taken: Vec<_> = (0..PER_SESSION).map(|_| seats.take(pass(1))).collect();
        assert!(taken.iter().all(Result::is_ok));
        assert_eq!(seats.take(pass(1)).err(), Some(Ending::LATER));
        assert!(
            seats
                .take(Pass {
                    limited: false,
                    ..pass(1)
                })
                .is_ok()
        );
        assert!(seats.take(pass(2)).is_ok());
        taken.pop();
        assert!(seats.take(pass(1)).is_ok());
    }

    #[test]
    fn a_stopping_server_takes_nobody_in() {
        let seats = Arc::new(Seats::default());
        let seat = seats.take(pass(1)).expect("free");
        seats.end_all(Ending::RESTART);
        assert_eq!(seat.ending(0), Some(Ending::RESTART));
        assert_eq!(seats.take(pass(1)).err(), Some(Ending::RESTART));
    }
}
