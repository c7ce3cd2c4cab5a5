//! Limits on the rooms, conversations and memberships that one user can make.

use std::time::{Duration, Instant};

use super::store;
use crate::{
    db::{Conn, ids::UserId},
    error::{Error, Result},
    people::Profile,
    web::rate_limiter::{RateLimiter, TokenBucket},
};

/// Number of rooms that a user can create at once, and the time until one more is allowed. Conversations and people
/// added to rooms have the same limits.
const BURST: u32 = 20;
const INTERVAL: Duration = Duration::from_secs(60);
/// Maximum number of rooms that a user can own.
const MAX_OWNED: i64 = 200;
/// Maximum number of rooms that a user can be in. Conversations do not count.
const MAX_ROOMS: i64 = 1_000;
/// Maximum number of pending invitations of a user.
const MAX_INVITATIONS: i64 = 100;

/// Something that a user makes and others may get to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Creation {
    Room,
    Conversation,
    /// Membership of another user.
    Membership,
}

/// Rate limits per user, and limits of what a user can have. With `--limits off` there are none.
pub struct CreationLimits {
    rates: Option<RateLimiter<(UserId, Creation), TokenBucket>>,
}

impl CreationLimits {
    /// Limits without uses.
    pub fn new(enabled: bool) -> CreationLimits {
        let rate = || RateLimiter::new(TokenBucket::every(BURST, INTERVAL));
        CreationLimits {
            rates: enabled.then(rate),
        }
    }

    /// Counts a creation. `TooMany` if `user` made too many lately.
    pub fn take(&self, user: UserId, creation: Creation) -> Result<()> {
        let Some(rates) = &self.rates else {
            return Ok(());
        };
        let what = match creation {
            Creation::Room => "You’ve created a lot of rooms.",
            Creation::Conversation => "You’ve started a lot of conversations.",
            Creation::Membership => "You’ve added a lot of people.",
        };
        let too_many = |wait| Error::too_many(what, wait);
        rates
            .take((user, creation), Instant::now())
            .map_err(too_many)
    }

    /// Counts several creations: all of them or, with an error, none.
    pub fn take_all(&self, user: UserId, creation: Creation, count: usize) -> Result<()> {
        for taken in 0..count {
            if let Err(refused) = self.take(user, creation) {
                let rates = self.rates.iter().cycle().take(taken);
                rates.for_each(|rates| rates.refund(&(user, creation)));
                return Err(refused);
            }
        }
        Ok(())
    }

    /// `Conflict` if `user` owns as many rooms as one user can.
    pub fn check_owned(&self, conn: &mut Conn, user: UserId) -> Result<()> {
        if self.rates.is_some() && store::owned_count(conn, user)? >= MAX_OWNED {
            let what = format!(
                "You own {MAX_OWNED} rooms, the most one person can. Delete one, or make someone else its owner."
            );
            return Err(Error::Conflict(what));
        }
        Ok(())
    }

    /// `Conflict` if someone else is in as many rooms, or has as many invitations, as one user can be and have.
    pub fn check_rooms_of(&self, conn: &mut Conn, person: &Profile) -> Result<()> {
        let name = person.shown();
        if self.is_in_too_many(conn, person.id)? {
            let what = format!("{name} is in too many rooms to join another.");
            return Err(Error::Conflict(what));
        }
        if self.rates.is_some() && store::invitation_count(conn, person.id)? >= MAX_INVITATIONS {
            let what = format!("{name} has too many invitations to get another.");
            return Err(Error::Conflict(what));
        }
        Ok(())
    }

    /// Whether `user` is in as many rooms as one user can be.
    fn is_in_too_many(&self, conn: &mut Conn, user: UserId) -> Result<bool> {
        Ok(self.rates.is_some() && store::room_count(conn, user)? >= MAX_ROOMS)
    }

    /// `Conflict` if `user` is in as many rooms as one user can be.
    pub fn check_rooms(&self, conn: &mut Conn, user: UserId) -> Result<()> {
        match self.is_in_too_many(conn, user)? {
            true => Err(Error::Conflict(
                "You’re in 1,000 rooms, the most one person can be in. Leave one first.".into(),
            )),
            false => Ok(()),
        }
    }
}
