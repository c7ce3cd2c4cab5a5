//! Who is connected, and the way to end a connection from outside.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::subscriber::Subscriber;
use crate::db::ids::{RoomId, SessionId, UserId};

/// Open sockets of one session at most, unless limits are off: many tabs, but no flood.
pub const PER_SESSION: usize = 20;

/// Ended sessions that are remembered; an upgrade takes milliseconds, so few matter.
const REMEMBERED: usize = 1024;

/// Why a connection is ended: a close code (RFC 6455, section 7.4) and a word for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseReason(pub u16, pub &'static str);

impl CloseReason {
    /// The session is over, or was never valid.
    pub const UNWELCOME: CloseReason = CloseReason(1008, "log in again");
    /// They are not in this room, or no longer; or there is no such room.
    pub const OUTSIDE: CloseReason = CloseReason(1008, "not a member");
    /// The server stops; it is expected back.
    pub const RESTART: CloseReason = CloseReason(1012, "the server restarts");
    /// Too many sockets, or too slow.
    pub const LATER: CloseReason = CloseReason(1013, "try again later");
}

/// The registry of all connections.
#[derive(Default)]
pub struct ConnectionRegistry(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    /// By session, so that its connections stand together.
    taken: BTreeMap<(SessionId, u64), Taken>,
    closing: bool,
    /// Sessions that ended lately: an upgrade under way then must not be seated after.
    ended: VecDeque<SessionId>,
}

struct Taken {
    user: UserId,
    room: RoomId,
    subscriber: Arc<Subscriber>,
}

/// What a session may do here.
#[derive(Clone, Copy, Debug)]
pub struct SessionGrant {
    /// The session the connection belongs to.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When that session ends at the latest (ms UTC).
    pub expires_at: i64,
    /// Whether [`PER_SESSION`] holds.
    pub limited: bool,
}

/// A connection's place in the registry, given up when dropped.
pub struct Registration {
    key: (SessionId, u64),
    registry: Arc<ConnectionRegistry>,
}

impl ConnectionRegistry {
    /// Takes a seat for `subscriber` in a room.
    ///
    /// # Errors
    /// Why there is none.
    pub fn register(
        self: &Arc<ConnectionRegistry>,
        grant: SessionGrant,
        room: RoomId,
        subscriber: Arc<Subscriber>,
    ) -> Result<Registration, CloseReason> {
        let mut state = self.state();
        if state.closing {
            return Err(CloseReason::RESTART);
        }
        if state.ended.contains(&grant.session) {
            return Err(CloseReason::UNWELCOME);
        }
        if grant.limited && state.of(grant.session).count() >= PER_SESSION {
            return Err(CloseReason::LATER);
        }
        state.next += 1;
        let key = (grant.session, state.next);
        let user = grant.user;
        let taken = Taken {
            user,
            room,
            subscriber,
        };
        state.taken.insert(key, taken);
        Ok(Registration {
            key,
            registry: self.clone(),
        })
    }

    /// Ends all connections of a session, also those that are just being opened.
    pub fn end_session(&self, session: SessionId) {
        let mut state = self.state();
        state.ended.push_back(session);
        if state.ended.len() > REMEMBERED {
            state.ended.pop_front();
        }
        state
            .of(session)
            .for_each(|l| l.end(CloseReason::UNWELCOME));
    }

    /// Ends all connections, and refuses new ones from now on.
    pub fn end_all(&self, ending: CloseReason) {
        let mut state = self.state();
        state.closing = true;
        state
            .taken
            .values()
            .for_each(|seat| seat.subscriber.end(ending));
    }

    /// Ends the connections in a room of those who are not in it any more. One that is just being
    /// opened finds out by itself (see [`super::SocketHandler::admit`]).
    pub fn end_members(&self, room: RoomId, gone: impl Fn(UserId) -> bool) {
        let state = self.state();
        let theirs = |seat: &&Taken| seat.room == room && gone(seat.user);
        let ended = state.taken.values().filter(theirs);
        ended.for_each(|seat| seat.subscriber.end(CloseReason::OUTSIDE));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of(&self, session: SessionId) -> impl Iterator<Item = &Arc<Subscriber>> {
        let mine = self.taken.range((session, 0)..=(session, u64::MAX));
        mine.map(|(_, seat)| &seat.subscriber)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.state().taken.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(session: i64) -> SessionGrant {
        SessionGrant {
            session: SessionId(session),
            user: UserId(session),
            expires_at: 100,
            limited: true,
        }
    }

    fn subscriber() -> Arc<Subscriber> {
        Arc::new(Subscriber::new(None, 100))
    }

    #[test]
    fn ending_a_session_ends_its_seats_and_no_others() {
        let registry = Arc::new(ConnectionRegistry::default());
        let (mine, theirs) = (subscriber(), subscriber());
        let _here = registry
            .register(grant(1), RoomId(1), mine.clone())
            .expect("free");
        let _there = registry
            .register(grant(2), RoomId(1), theirs.clone())
            .expect("free");
        registry.end_session(SessionId(1));
        assert_eq!(mine.ending(0), Some(CloseReason::UNWELCOME));
        assert_eq!(theirs.ending(0), None);
        let late = registry.register(grant(1), RoomId(1), subscriber()).err();
        assert_eq!(
            late,
            Some(CloseReason::UNWELCOME),
            "an upgrade was under way"
        );
        let expired = theirs.ending(100);
        assert_eq!(
            expired,
            Some(CloseReason::UNWELCOME),
            "sessions end by themselves"
        );
    }

    #[test]
    fn a_session_has_so_many_seats_and_gets_them_back() {
        let registry = Arc::new(ConnectionRegistry::default());
        let take = |grant| registry.register(grant, RoomId(1), subscriber());
        let mut taken: Vec<_> = (0..PER_SESSION).map(|_| take(grant(1))).collect();
        assert!(taken.iter().all(Result::is_ok));
        assert_eq!(take(grant(1)).err(), Some(CloseReason::LATER));
        let unlimited = SessionGrant {
            limited: false,
            ..grant(1)
        };
        assert!(take(unlimited).is_ok());
        assert!(take(grant(2)).is_ok());
        taken.pop();
        assert!(take(grant(1)).is_ok());
    }

    #[test]
    fn who_is_no_member_any_more_loses_their_seats_in_that_room_only() {
        let registry = Arc::new(ConnectionRegistry::default());
        let [here, elsewhere, other] = [subscriber(), subscriber(), subscriber()];
        let seated = [
            registry.register(grant(1), RoomId(5), here.clone()),
            registry.register(grant(1), RoomId(6), elsewhere.clone()),
            registry.register(grant(2), RoomId(5), other.clone()),
        ];
        assert!(seated.iter().all(Result::is_ok));
        registry.end_members(RoomId(5), |user| user == UserId(1));
        assert_eq!(here.ending(0), Some(CloseReason::OUTSIDE));
        assert_eq!([elsewhere.ending(0), other.ending(0)], [None, None]);
    }

    #[test]
    fn a_stopping_server_takes_nobody_in() {
        let registry = Arc::new(ConnectionRegistry::default());
        let here = subscriber();
        let _seat = registry
            .register(grant(1), RoomId(1), here.clone())
            .expect("free");
        registry.end_all(CloseReason::RESTART);
        assert_eq!(here.ending(0), Some(CloseReason::RESTART));
        let late = registry.register(grant(1), RoomId(1), subscriber()).err();
        assert_eq!(late, Some(CloseReason::RESTART));
    }
}
