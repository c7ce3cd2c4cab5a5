//! Sessions: their lifetime, and the cache of known ones.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::ServerRole;
use crate::{
    db::ids::{AvatarId, SessionId, UserId},
    web::appearance::Appearance,
};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Lifetime of a session (ms).
pub const LIFETIME: i64 = 90 * DAY;
/// Time without use after which a session ends (ms).
pub const IDLE: i64 = 14 * DAY;
/// Minimum interval between two stored uses (ms).
const TOUCH: i64 = DAY / 24;
/// Limit of cached sessions; the cache is cleared when full.
pub const CAPACITY: usize = 50_000;

/// Row of the sessions table, with its owner's names.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub username: Arc<str>,
    pub display_name: Arc<str>,
    pub role: ServerRole,
    pub avatar: Option<AvatarId>,
    pub appearance: Appearance,
    pub created_at: i64,
    pub seen_at: i64,
    /// When the password was last entered (ms UTC).
    pub confirmed_at: i64,
    /// When the access of its user ends, who is a guest then (ms UTC).
    pub access_ends: Option<i64>,
}

/// Open session in the list of its owner.
#[derive(Clone, Debug)]
pub struct ListedSession {
    pub id: SessionId,
    /// `User-Agent` of the log-in; empty if unknown.
    pub user_agent: String,
    /// Address of the log-in, IPv6 as its /64 network; empty if unknown.
    pub address: String,
    pub created_at: i64,
    /// Last stored use (ms UTC), at most an hour before the last one.
    pub seen_at: i64,
}

impl Session {
    /// Time at which it ends if it is not used again (ms UTC).
    pub fn ends_at(&self) -> i64 {
        ends_at(self.created_at, self.seen_at, self.access_ends)
    }

    /// Whether it has ended at `now` (ms UTC).
    pub fn is_over(&self, now: i64) -> bool {
        now >= self.ends_at()
    }

    /// Whether its use should be stored.
    pub fn needs_touch(&self, now: i64) -> bool {
        now - self.seen_at >= TOUCH
    }
}

/// Time at which a session ends that is not used after `seen_at`, of a user whose access may end (all ms UTC).
pub fn ends_at(created_at: i64, seen_at: i64, access_ends: Option<i64>) -> i64 {
    let unused = (created_at + LIFETIME).min(seen_at + IDLE);
    unused.min(access_ends.unwrap_or(i64::MAX))
}

/// The hash under which a token is stored.
pub fn hash(token: Uuid) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(created_at: i64, seen_at: i64) -> Session {
        Session {
            id: SessionId(7),
            user: UserId(1),
            username: "ada".into(),
            display_name: "".into(),
            role: ServerRole::Member,
            avatar: None,
            appearance: Appearance::default(),
            created_at,
            seen_at,
            confirmed_at: created_at,
            access_ends: None,
        }
    }

    #[test]
    fn a_session_ends_after_two_idle_weeks_or_ninety_days() {
        assert!(!session(0, 0).is_over(14 * DAY - 1));
        assert!(session(0, 0).is_over(14 * DAY));
        assert!(!session(0, 89 * DAY).is_over(90 * DAY - 1));
        assert!(session(0, 89 * DAY).is_over(90 * DAY));
        assert_eq!(session(0, DAY).ends_at(), 15 * DAY);
        assert_eq!(session(0, 89 * DAY).ends_at(), 90 * DAY);
    }

    #[test]
    fn a_session_ends_with_the_access_of_its_user() {
        let of_guest = Session {
            access_ends: Some(3 * DAY),
            ..session(0, 0)
        };
        assert!(!of_guest.is_over(3 * DAY - 1));
        assert!(of_guest.is_over(3 * DAY));
    }
}
