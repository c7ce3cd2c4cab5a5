//! The registry of open connections: finds those of a user, and closes connections from outside.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;

use super::{close_reason::CloseReason, publication::Publication, subscriber::Subscriber};
use crate::db::ids::{RoomId, SessionId, UserId};

/// The maximum number of connections of one session, unless limits are off: many tabs, but no flood.
pub const MAX_PER_SESSION: usize = 20;

/// The number of ended sessions that are remembered. An upgrade takes milliseconds, so few matter.
const MAX_ENDED: usize = 1024;

/// The registry of all connections.
#[derive(Default)]
pub struct ConnectionRegistry(Mutex<RegistryState>);

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

/// The rights of a session to connect.
#[derive(Clone, Copy, Debug)]
pub struct SessionGrant {
    /// The session that the connection belongs to.
    pub session: SessionId,
    /// The user of that session.
    pub user: UserId,
    /// The latest end of that session (ms UTC).
    pub expires_at: i64,
    /// Whether [`MAX_PER_SESSION`] applies.
    pub limited: bool,
}

/// A connection's entry in the registry; dropping it removes the entry.
pub struct Registration {
    key: (UserId, u64),
    registry: Arc<ConnectionRegistry>,
}

impl ConnectionRegistry {
    /// Registers a connection to a room.
    ///
    /// # Errors
    /// The reason to refuse the connection.
    pub fn register(
        self: &Arc<ConnectionRegistry>,
        grant: SessionGrant,
        room: RoomId,
        subscriber: Arc<Subscriber>,
    ) -> Result<Registration, CloseReason> {
        let (user, session) = (grant.user, grant.session);
        let mut state = self.0.lock();
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
        })
    }

    /// Queues a publication for all connections of a user. Never waits for a slow one (see
    /// [`Subscriber::enqueue`]).
    pub(super) fn send_to(&self, user: UserId, publication: &Arc<Publication>) {
        let state = self.0.lock();
        let connections = state.of_user(user);
        connections.for_each(|connection| connection.subscriber.enqueue(publication));
    }

    /// Closes all connections of a user's session, also those that are just being opened.
    pub fn end_session(&self, user: UserId, session: SessionId) {
        let mut state = self.0.lock();
        state.ended.push_back(session);
        if state.ended.len() > MAX_ENDED {
            state.ended.pop_front();
        }
        let connections = state.of_session(user, session);
        connections.for_each(|connection| connection.subscriber.close(CloseReason::SESSION_ENDED));
    }

    /// Closes all connections, and refuses new ones from now on.
    pub fn end_all(&self, reason: CloseReason) {
        let mut state = self.0.lock();
        state.is_closing = true;
        let connections = state.connections.values();
        connections.for_each(|connection| connection.subscriber.close(reason));
    }

    /// Closes the connections to a room of users who are no longer members. One that is just being
    /// opened is refused by [`super::SocketHandler::authorize`].
    pub fn end_members(&self, room: RoomId, is_removed: impl Fn(UserId) -> bool) {
        let state = self.0.lock();
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

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.0.lock().connections.remove(&self.key);
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
    fn ending_a_session_closes_its_connections_and_no_others() {
        let registry = Arc::new(ConnectionRegistry::default());
        let [ended, of_same_user, of_other_user] = [subscriber(), subscriber(), subscriber()];
        let second_session = SessionGrant {
            session: SessionId(3),
            ..grant(1)
        };
        let registered = [
            registry.register(grant(1), RoomId(1), ended.clone()),
            registry.register(second_session, RoomId(1), of_same_user.clone()),
            registry.register(grant(2), RoomId(1), of_other_user.clone()),
        ];
        assert!(registered.iter().all(Result::is_ok));
        registry.end_session(UserId(1), SessionId(1));
        let session_ended = Some(CloseReason::SESSION_ENDED);
        assert_eq!(ended.close_reason(0), session_ended);
        assert_eq!(of_same_user.close_reason(0), None);
        assert_eq!(of_other_user.close_reason(0), None);
        let late = registry.register(grant(1), RoomId(1), subscriber()).err();
        assert_eq!(late, session_ended, "an upgrade was under way");
        let expired = of_other_user.close_reason(100);
        assert_eq!(expired, session_ended, "sessions expire by themselves");
    }

    #[test]
    fn a_session_has_a_maximum_number_of_connections_and_closed_ones_do_not_count() {
        let registry = Arc::new(ConnectionRegistry::default());
        let register = |grant| registry.register(grant, RoomId(1), subscriber());
        let mut open: Vec<_> = (0..MAX_PER_SESSION).map(|_| register(grant(1))).collect();
        assert!(open.iter().all(Result::is_ok));
        assert_eq!(register(grant(1)).err(), Some(CloseReason::TRY_LATER));
        let unlimited = SessionGrant {
            limited: false,
            ..grant(1)
        };
        assert!(register(unlimited).is_ok());
        assert!(register(grant(2)).is_ok());
        open.pop();
        assert!(register(grant(1)).is_ok());
    }

    #[test]
    fn a_removed_member_loses_the_connections_to_that_room_only() {
        let registry = Arc::new(ConnectionRegistry::default());
        let [removed, elsewhere, other] = [subscriber(), subscriber(), subscriber()];
        let registered = [
            registry.register(grant(1), RoomId(5), removed.clone()),
            registry.register(grant(1), RoomId(6), elsewhere.clone()),
            registry.register(grant(2), RoomId(5), other.clone()),
        ];
        assert!(registered.iter().all(Result::is_ok));
        registry.end_members(RoomId(5), |user| user == UserId(1));
        assert_eq!(removed.close_reason(0), Some(CloseReason::NOT_A_MEMBER));
        assert_eq!(
            [elsewhere.close_reason(0), other.close_reason(0)],
            [None, None]
        );
    }

    #[test]
    fn a_stopping_server_accepts_no_connection() {
        let registry = Arc::new(ConnectionRegistry::default());
        let open = subscriber();
        let registered = registry.register(grant(1), RoomId(1), open.clone());
        assert!(registered.is_ok());
        registry.end_all(CloseReason::RESTART);
        assert_eq!(open.close_reason(0), Some(CloseReason::RESTART));
        let late = registry.register(grant(1), RoomId(1), subscriber()).err();
        assert_eq!(late, Some(CloseReason::RESTART));
    }

    #[test]
    fn a_publication_to_a_user_reaches_all_their_connections_and_no_one_elses() {
        let registry = Arc::new(ConnectionRegistry::default());
        let [first, second, other] = [subscriber(), subscriber(), subscriber()];
        let registered = [
            registry.register(grant(1), RoomId(5), first.clone()),
            registry.register(grant(1), RoomId(6), second.clone()),
            registry.register(grant(2), RoomId(5), other.clone()),
        ];
        assert!(registered.iter().all(Result::is_ok));
        for text in ["one", "two"] {
            let publication = Arc::new(Publication::new(None, text, None));
            registry.send_to(UserId(1), &publication);
        }
        for subscriber in [first, second] {
            let sizes: Vec<_> = subscriber.take_queue().iter().map(|p| p.size()).collect();
            assert_eq!(sizes, [5, 5]);
        }
        assert!(other.take_queue().is_empty());
        drop(registered);
        assert!(registry.0.lock().connections.is_empty());
    }
}
