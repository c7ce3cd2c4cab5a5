//! Deletion of an account. The messages of its user stay, under the name “Deleted user”, or are erased.

use std::sync::Arc;

use super::{
    Accounts, Actor, ServerAction, ServerRole,
    administration::check_other_admin,
    check_actor,
    guard::ConfirmedUser,
    store::{administration, deletion},
};
use crate::{
    audit::{self, AuditAction, Entry},
    db::{Tx, ids::UserId, time},
    error::{Error, Result},
    events::{Event, Events},
    web::form_error::FormError,
};

/// Name under which the messages of deleted users stay.
pub const DELETED_USER: &str = "Deleted user";
/// Name of the form on the page.
const FORM: &str = "delete";

impl Accounts {
    /// Deletes the account of a user. `typed` must be their username, as confirmation. With `erase`, their messages are
    /// erased in the background.
    ///
    /// # Errors
    /// `Invalid` for a wrong name, `Conflict` for the last admin.
    pub async fn delete_account(
        &self,
        user: &ConfirmedUser,
        typed: &str,
        erase: bool,
    ) -> Result<(), FormError> {
        if typed.trim().trim_start_matches('@') != &*user.user().username {
            let what = "That doesn’t match. Type your username exactly as shown.";
            return Err(FormError::at(FORM, Error::Invalid(what.into())));
        }
        let (user, events) = (user.user().id, self.0.app.events.clone());
        let delete = move |tx: &mut Tx| remove_user(tx, &events, (user, erase));
        let deleted = self.db().write(delete).await;
        deleted.map_err(|error| FormError::at(FORM, error))
    }

    /// Removes the account of someone else: ends their sessions, closes their sockets, and removes everything that is
    /// theirs alone. With `erase`, their messages are erased in the background. It is recorded in the audit log.
    ///
    /// # Errors
    /// `Forbidden` without the right, `NotFound` for a user who does not exist or was removed, `Conflict` for oneself and
    /// for the last admin who can log in.
    pub async fn remove_account(&self, actor: Actor, user: UserId, erase: bool) -> Result<()> {
        let events = self.0.app.events.clone();
        let remove = move |tx: &mut Tx| {
            check_actor(tx.conn, actor, ServerAction::ManagePeople)?;
            if actor == Actor::User(user) {
                let why = "You can’t remove yourself. Delete your account on your account page.";
                return Err(Error::Conflict(why.into()));
            }
            let state = administration::state(tx.conn, user)?.ok_or(Error::NotFound)?;
            if state.role == ServerRole::Admin {
                check_other_admin(tx.conn, user)?;
            }
            // Before the removal: the log contains the name.
            let details = if erase {
                "messages erased"
            } else {
                "messages kept"
            };
            let entry = Entry::new(actor.user(), AuditAction::UserRemoved).user(user);
            audit::record(tx, entry.details(details))?;
            remove_user(tx, &events, (user, erase))
        };
        self.db().write(remove).await
    }
}

/// Removes a user: their sessions, names, profile and everything that logs them in. Features react to
/// [`Event::UserRemoved`] with the rest. The caller has checked that this may be done.
///
/// # Errors
/// `NotFound` for a user who does not exist or was removed, `Conflict` for the last admin.
pub fn remove_user(tx: &mut Tx, events: &Arc<Events>, (user, erase): (UserId, bool)) -> Result<()> {
    if !deletion::is_alive(tx.conn, user)? {
        return Err(Error::NotFound);
    }
    if deletion::is_last_admin(tx.conn, user)? {
        let what = "You’re the only admin. Make someone else an admin first.";
        return Err(Error::Conflict(what.into()));
    }
    for session in deletion::close_sessions(tx.conn, user)? {
        events.emit(tx, Event::SessionEnded { user, session })?;
    }
    deletion::remove_log_ins(tx.conn, user)?;
    events.emit(tx, Event::UserRemoved { user, erase })?;
    let username = deletion::anonymize(tx.conn, user, (DELETED_USER, time::now()))?;
    tx.erases();
    events.emit(tx, Event::UserRenamed(user))?;
    let changed = Event::UserChanged {
        user,
        username: username.into(),
        display_name: DELETED_USER.into(),
        avatar: None,
    };
    events.emit(tx, changed)
}
