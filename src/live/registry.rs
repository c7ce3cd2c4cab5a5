//! Registry of open connections: finds those of a user, and closes connections from outside.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};

use parking_lot::Mutex;

use super::{close_reason::CloseReason, publication::Publication, subscriber::Subscriber};
use crate::db::{
    ids::{RoomId, SessionId, UserId},
    time,
};

/// The maximum number of connections of one session, unless limits are off: many tabs, but no flood.
pub const MAX_PER_SESSION: usize = 20;

/// Interval at which the use of a session by one of its connections is reported (ms).
const USE_INTERVAL: i64 = 60 * 60 * 1000;

/// Number of ended sessions that are remembered. An upgrade takes milliseconds, so few matter.
const MAX_ENDED: usize = 1024;

/// Registry of all connections.
#[derive(Default)]
pub struct ConnectionRegistry {
    state: Mutex<RegistryState>,
    on_use: OnceLock<Box<UseReport>>,
}

/// Function that is told of the use of a session.
type UseReport = dyn Fn(UserId, SessionId) + Send + Sync;

#[derive(Default)]
struct RegistryState {
    last_number: u64,
    /// By user, so that the connections of one user are adjacent.
    connections: BTreeMap<(UserId, u64), RegisteredConnection>,
    is_closing: bool,
    /// Sessions that ended recently: a connection that was being upgraded then must not be registered.
    ended: VecDeque<SessionId>,
}

struct RegisteredConnection {
    session: SessionId,
    room: RoomId,
    subscriber: Arc<Subscriber>,
}

/// Rights of a session to connect.
#[derive(Clone, Copy, Debug)]
pub struct SessionGrant {
    /// Session that the connection belongs to.
    pub session: SessionId,
    /// User of that session.
    pub user: UserId,
    /// End of that session if it is not used again (ms UTC).
    pub expires_at: i64,
    /// Whether [`MAX_PER_SESSION`] applies.
    pub limited: bool,
}

/// Entry of a connection in the registry; dropping it removes the entry.
pub struct Registration {
    key: (UserId, u64),
    registry: Arc<ConnectionRegistry>,
    /// When the use of its session was last reported (ms UTC).
    used_at: AtomicI64,
}

impl ConnectionRegistry {
    /// Registers a connection to a room, or returns the reason to refuse it.
    pub fn register(
        self: &Arc<ConnectionRegistry>,
        grant: SessionGrant,
        room: RoomId,
        subscriber: Arc<Subscriber>,
    ) -> Result<Registration, CloseReason> {
        let (user, session) = (grant.user, grant.session);
        let mut state = self.state.lock();
        if state.is_closing {
            return Err(CloseReason::RESTART);
        }
        if state.ended.contains(&session) {
            return Err(CloseReason::SESSION_ENDED);
        }
        if grant.limited && state.of_session(user, session).count() >= MAX_PER_SESSION {
            return Err(CloseReason::TRY_LATER);
        }
        state.last_number += 1;
        let key = (user, state.last_number);
        let connection = RegisteredConnection {
            session,
            room,
            subscriber,
        };
        state.connections.insert(key, connection);
        Ok(Registration {
            key,
            registry: self.clone(),
            used_at: AtomicI64::new(time::now()),
        })
    }

    /// Sets the function that is told, at most once an hour by each connection, that its client has sent something.
    pub fn on_use(&self, report: impl Fn(UserId, SessionId) + Send + Sync + 'static) {
        let _ = self.on_use.set(Box::new(report));
    }

    /// Sets when a session ends if it is not used again (ms UTC).
    pub fn extend_session(&self, user: UserId, session: SessionId, ends_at: i64) {
        let state = self.state.lock();
        let connections = state.of_session(user, session);
        connections.for_each(|connection| connection.subscriber.set_expiry(ends_at));
    }

    /// Queues a publication for all connections of a user. Never waits for a slow one (see [`Subscriber::enqueue`]).
    pub(super) fn send_to(&self, user: UserId, publication: &Arc<Publication>) {
        let state = self.state.lock();
        let connections = state.of_user(user);
        connections.for_each(|connection| connection.subscriber.enqueue(publication));
    }

    /// Closes all connections of a user's session, also those that are just being opened.
    pub fn end_session(&self, user: UserId, session: SessionId) {
        let mut state = self.state.lock();
        state.ended.push_back(session);
        if state.ended.len() > MAX_ENDED {
            state.ended.pop_front();
        }
        let connections = state.of_session(user, session);
        connections.for_each(|connection| connection.subscriber.close(CloseReason::SESSION_ENDED));
    }

    /// Closes all connections, and refuses new ones from now on.
    pub fn end_all(&self, reason: CloseReason) {
        let mut state = self.state.lock();
        state.is_closing = true;
        let connections = state.connections.values();
        connections.for_each(|connection| connection.subscriber.close(reason));
    }

    /// Closes the connections to a room of users who are no longer members. One that is just being opened is refused by
    /// [`super::SocketHandler::authorize`].
    pub fn end_members(&self, room: RoomId, is_removed: impl Fn(UserId) -> bool) {
        let state = self.state.lock();
        for ((user, _), connection) in &state.connections {
            if connection.room == room && is_removed(*user) {
                connection.subscriber.close(CloseReason::NOT_A_MEMBER);
            }
        }
    }
}

impl RegistryState {
    fn of_user(&self, user: UserId) -> impl Iterator<Item = &RegisteredConnection> {
        let range = self.connections.range((user, 0)..=(user, u64::MAX));
        range.map(|(_, connection)| connection)
    }

    fn of_session(
        &self,
        user: UserId,
        session: SessionId,
    ) -> impl Iterator<Item = &RegisteredConnection> {
        let connections = self.of_user(user);
        connections.filter(move |connection| connection.session == session)
    }
}

impl Registration {
    /// Records that the client has sent something at `now` (ms UTC), which is a use of its session.
    pub fn record_use(&self, now: i64) {
        if now - self.used_at.load(Ordering::Relaxed) < USE_INTERVAL {
            return;
        }
        self.used_at.store(now, Ordering::Relaxed);
        let state = self.registry.state.lock();
        let session = state.connections.get(&self.key).map(|one| one.session);
        drop(state);
        if let (Some(session), Some(report)) = (session, self.registry.on_use.get()) {
            report(self.key.0, session);
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.state.lock().connections.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSED: Option<CloseReason> = Some(CloseReason::SESSION_ENDED);

    fn grant(user: i64, session: i64) -> SessionGrant {
        SessionGrant {
            session: SessionId(session),
            user: UserId(user),
            expires_at: 100,
            limited: true,
        }
    }

    type Registry = Arc<ConnectionRegistry>;

    /// Registers a connection of a user and a session to a room.
    fn connect(
        registry: &Registry,
        (user, session, room): (i64, i64, i64),
    ) -> Result<(Registration, Arc<Subscriber>), CloseReason> {
        let subscriber = Arc::new(Subscriber::new(None, 100));
        let registered = registry.register(grant(user, session), RoomId(room), subscriber.clone());
        registered.map(|registration| (registration, subscriber))
    }

    /// Why each connection is to be closed, after `change`.
    fn reasons<const N: usize>(
        connections: [(i64, i64, i64); N],
        change: impl FnOnce(&Registry),
    ) -> [Option<CloseReason>; N] {
        let registry = Registry::default();
        let open = connections.map(|one| connect(&registry, one).expect("it is registered"));
        change(&registry);
        open.map(|(_, subscriber)| subscriber.close_reason(0))
    }

    #[test]
    fn connections_are_closed_by_session_by_room_or_all() {
        let by_session = reasons([(1, 1, 1), (1, 3, 1), (2, 2, 1)], |registry| {
            registry.end_session(UserId(1), SessionId(1));
            let late = connect(registry, (1, 1, 1)).err();
            assert_eq!(late, CLOSED, "an upgrade was under way");
        });
        assert_eq!(by_session, [CLOSED, None, None]);
        let by_room = reasons([(1, 1, 5), (1, 1, 6), (2, 2, 5)], |registry| {
            registry.end_members(RoomId(5), |user| user == UserId(1));
        });
        assert_eq!(by_room, [Some(CloseReason::NOT_A_MEMBER), None, None]);
        let all = reasons([(1, 1, 1)], |registry| {
            registry.end_all(CloseReason::RESTART);
            let late = connect(registry, (1, 1, 1)).err();
            assert_eq!(late, Some(CloseReason::RESTART));
        });
        assert_eq!(all, [Some(CloseReason::RESTART)]);
        let expired = Subscriber::new(None, 100).close_reason(100);
        assert_eq!(expired, CLOSED, "sessions expire by themselves");
    }

    #[test]
    fn a_use_of_a_session_is_reported_once_an_hour_and_extends_all_its_connections() {
        let registry = Registry::default();
        let reports = Arc::new(Mutex::new(Vec::new()));
        let reported = reports.clone();
        registry.on_use(move |user, session| reported.lock().push((user, session)));
        let open = [(1, 1, 1), (1, 1, 2), (1, 3, 1), (2, 2, 1)]
            .map(|one| connect(&registry, one).expect("it is registered"));
        let opened = time::now();
        for minutes in [0, 59, 61, 119, 122] {
            open[0].0.record_use(opened + minutes * 60_000);
        }
        assert_eq!(*reports.lock(), [(UserId(1), SessionId(1)); 2]);
        registry.extend_session(UserId(1), SessionId(1), 200);
        let reasons = open.each_ref().map(|(_, one)| one.close_reason(199));
        assert_eq!(reasons, [None, None, CLOSED, CLOSED]);
        assert_eq!(open[0].1.close_reason(200), CLOSED);
    }

    #[test]
    fn a_session_has_a_maximum_number_of_connections_and_closed_ones_do_not_count() {
        let registry = Registry::default();
        let register = || connect(&registry, (1, 1, 1));
        let mut open: Vec<_> = (0..MAX_PER_SESSION).map(|_| register()).collect();
        assert!(open.iter().all(Result::is_ok));
        assert_eq!(register().err(), Some(CloseReason::TRY_LATER));
        let unlimited = SessionGrant {
            limited: false,
            ..grant(1, 1)
        };
        let subscriber = Arc::new(Subscriber::new(None, 100));
        let unlimited = registry.register(unlimited, RoomId(1), subscriber);
        assert!(unlimited.is_ok());
        assert!(connect(&registry, (2, 2, 1)).is_ok());
        drop((unlimited, open.pop()));
        assert!(register().is_ok());
    }

    #[test]
    fn a_publication_to_a_user_reaches_all_their_connections_and_no_one_elses() {
        let registry = Registry::default();
        let open = [(1, 1, 5), (1, 1, 6), (2, 2, 5)].map(|one| connect(&registry, one));
        for text in ["one", "two"] {
            let publication = Arc::new(Publication::new(None, text, None));
            registry.send_to(UserId(1), &publication);
        }
        let sizes = open.map(|connection| {
            let (_, subscriber) = connection.expect("it is registered");
            let queue = subscriber.take_queue();
            queue.iter().map(|one| one.size()).collect::<Vec<_>>()
        });
        assert_eq!(sizes, [vec![5, 5], vec![5, 5], vec![]]);
        assert!(registry.state.lock().connections.is_empty());
    }
}
