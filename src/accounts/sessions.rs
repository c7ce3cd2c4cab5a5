//! Sessions in memory: a thread hop to the database costs more than the answer is worth.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::ids::{SessionId, UserId};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// A session ends this long (ms) after it was opened, whatever happens,
pub const LIFETIME: i64 = 90 * DAY;
/// or this long after it was last used.
pub const IDLE: i64 = 14 * DAY;
/// Its use is written down at most this often.
const TOUCH: i64 = DAY / 24;
/// Sessions kept at most; then the cache starts anew.
const KEEP: usize = 50_000;

/// A row of the sessions table, with its owner's name.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub username: Arc<str>,
    pub created_at: i64,
    pub seen_at: i64,
}

impl Session {
    /// Whether it has ended at `now` (ms UTC).
    pub fn is_over(&self, now: i64) -> bool {
        now - self.created_at >= LIFETIME || now - self.seen_at >= IDLE
    }

    /// Whether its use should be written down.
    pub fn needs_touch(&self, now: i64) -> bool {
        now - self.seen_at >= TOUCH
    }
}

/// The hash under which a token is stored.
pub fn hash(token: Uuid) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The cache: at most what the database says, never more.
#[derive(Default)]
pub struct Sessions(RwLock<Cache>);

#[derive(Default)]
struct Cache {
    by_hash: HashMap<[u8; 32], Session>,
    /// Counts revocations: what was read from the database before one must not be kept after it.
    generation: u64,
}

impl Sessions {
    /// The session behind a token's hash, if it is known here.
    pub fn get(&self, hash: &[u8; 32]) -> Option<Session> {
        let cache = self.0.read().unwrap_or_else(PoisonError::into_inner);
        cache.by_hash.get(hash).cloned()
    }

    /// To be taken before reading the database, for [`Sessions::keep`].
    pub fn generation(&self) -> u64 {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .generation
    }

    /// Keeps what was read, unless something was revoked since `generation`.
    pub fn keep(&self, hash: [u8; 32], session: Session, generation: u64) {
        let mut cache = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if cache.by_hash.len() >= KEEP {
            cache.by_hash.clear();
        }
        if cache.generation == generation {
            cache.by_hash.insert(hash, session);
        }
    }

    /// Notes the use of a session.
    pub fn touch(&self, hash: &[u8; 32], now: i64) {
        let mut cache = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = cache.by_hash.get_mut(hash) {
            session.seen_at = now;
        }
    }

    /// Forgets a session that was revoked in the database.
    pub fn forget(&self, session: SessionId) {
        let mut cache = self.0.write().unwrap_or_else(PoisonError::into_inner);
        cache.generation += 1;
        cache.by_hash.retain(|_, known| known.id != session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(created_at: i64, seen_at: i64) -> Session {
        Session {
            id: SessionId(7),
            user: UserId(1),
            username: "ada".into(),
            created_at,
            seen_at,
        }
    }

    #[test]
    fn a_session_ends_after_two_idle_weeks_or_ninety_days() {
        assert!(!session(0, 0).is_over(14 * DAY - 1));
        assert!(session(0, 0).is_over(14 * DAY));
        assert!(!session(0, 89 * DAY).is_over(90 * DAY - 1));
        assert!(session(0, 89 * DAY).is_over(90 * DAY));
    }

    #[test]
    fn a_revoked_session_cannot_come_back_from_a_slow_read() {
        let (sessions, hash) = (Sessions::default(), hash(Uuid::nil()));
        let seen = sessions.generation();
        sessions.forget(SessionId(7));
        sessions.keep(hash, session(0, 0), seen);
        assert!(sessions.get(&hash).is_none());
        sessions.keep(hash, session(0, 0), sessions.generation());
        assert!(sessions.get(&hash).is_some());
        sessions.forget(SessionId(7));
        assert!(sessions.get(&hash).is_none());
    }
}
