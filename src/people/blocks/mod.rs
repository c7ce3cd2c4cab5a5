//! People whom a user has blocked: their messages are folded for this user only.
//!
//! Invariant: the blocked person is never told. Refusals read the same for other reasons.

mod store;

pub use store::{blockers_among, blockers_of};

use super::{People, Profile};
use crate::{
    accounts::User,
    db::{
        Conn, Tx,
        ids::{RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
};

/// People whom one user can block. Bounds their stylesheet.
const MAX_BLOCKS: i64 = 500;

impl People {
    /// Blocks a user. Does nothing if they are blocked already.
    ///
    /// # Errors
    /// `NotFound` for an unknown user and, for guests, one who is in none of their rooms; `Invalid` for oneself,
    /// `Conflict` after 500 people.
    pub async fn block(&self, user: &User, username: &str) -> Result<()> {
        let (reader, username) = (user.clone(), username.to_owned());
        let (me, events) = (user.id, self.app.events.clone());
        let block = move |tx: &mut Tx| {
            let person = super::find(tx.conn, &username)?.ok_or(Error::NotFound)?.id;
            if person == me {
                return Err(Error::Invalid("You can’t block yourself.".into()));
            }
            if store::has_blocked(tx.conn, me, person)? {
                return Ok(());
            }
            if !super::may_see(tx.conn, &reader, person)? {
                return Err(Error::NotFound);
            }
            if store::count(tx.conn, me)? >= MAX_BLOCKS {
                let why = format!("You’ve blocked {MAX_BLOCKS} people. Unblock someone first.");
                return Err(Error::Conflict(why));
            }
            store::insert(tx.conn, me, person, time::now())?;
            events.emit(tx, Event::BlocksChanged(me))
        };
        self.app.db.write(block).await
    }

    /// Unblocks a user. Does nothing if they are not blocked.
    ///
    /// # Errors
    /// `NotFound` for an unknown user and, for guests, one who is in none of their rooms.
    pub async fn unblock(&self, user: &User, username: &str) -> Result<()> {
        let (reader, username) = (user.clone(), username.to_owned());
        let (me, events) = (user.id, self.app.events.clone());
        let unblock = move |tx: &mut Tx| {
            let person = super::find(tx.conn, &username)?.ok_or(Error::NotFound)?;
            if store::delete(tx.conn, me, person.id)? {
                return events.emit(tx, Event::BlocksChanged(me));
            }
            match super::may_see(tx.conn, &reader, person.id)? {
                true => Ok(()),
                false => Err(Error::NotFound),
            }
        };
        self.app.db.write(unblock).await
    }

    /// Whether a user has blocked someone.
    pub async fn has_blocked(&self, user: &User, person: UserId) -> Result<bool> {
        let me = user.id;
        let find = move |conn: &mut Conn| store::has_blocked(conn, me, person);
        self.app.db.read(find).await
    }

    /// People whom a user has blocked, by name.
    pub async fn blocked(&self, user: &User) -> Result<Vec<Profile>> {
        let me = user.id;
        let find = move |conn: &mut Conn| store::blocked_profiles(conn, me);
        self.app.db.read(find).await
    }

    /// Ids of the people whom a user has blocked.
    pub async fn blocked_ids(&self, user: &User) -> Result<Vec<UserId>> {
        let me = user.id;
        let find = move |conn: &mut Conn| store::blocked_ids(conn, me);
        self.app.db.read(find).await
    }
}

/// Refuses a post to someone who has blocked the user, in a conversation of two.
pub fn check_direct(conn: &mut Conn, room: RoomId, user: UserId) -> Result<()> {
    match store::is_blocked_in_direct(conn, room, user)? {
        true => Err(cannot_message()),
        false => Ok(()),
    }
}

/// The error for someone who may not write to a user. It does not tell why.
pub fn cannot_message() -> Error {
    Error::Forbidden("You can’t send messages to this person.".into())
}
