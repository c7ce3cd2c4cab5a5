//! Administration of accounts: roles, suspension and reinstatement. Each change is recorded in the audit log.
//!
//! Invariants: rights are checked in the transaction that makes the change, so of two admins who demote each other at
//! once one is refused. At least one admin can log in.

use std::sync::Arc;

use super::{
    Accounts, ServerAction, ServerRole, demand,
    store::{self, administration::AccountState},
};
use crate::{
    audit::{self, AuditAction, Entry},
    db::{Conn, Tx, ids::UserId, time},
    error::{Error, Result},
    events::{Event, Events},
};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Longest suspension by a moderator (ms).
const BY_MODERATOR: i64 = 7 * DAY;
/// Column value of a suspension without an end.
const NO_END: i64 = i64::MAX;
/// Longest reason (characters).
const MAX_REASON: usize = 500;

/// Origin of an administrative change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user, whose rights are checked.
    User(UserId),
    /// The command line of the server, which may do everything.
    CommandLine,
}

impl Actor {
    /// The user; `None` for the command line.
    pub fn user(self) -> Option<UserId> {
        match self {
            Actor::User(user) => Some(user),
            Actor::CommandLine => None,
        }
    }
}

/// Suspension of an account: its sessions end, and it cannot log in.
#[derive(Clone, Debug)]
pub struct Suspension {
    /// Duration (ms); `None` has no end.
    duration: Option<i64>,
    /// Reason for the audit log; may be empty.
    reason: String,
}

impl Suspension {
    /// A suspension for a number of days, or without an end.
    ///
    /// # Errors
    /// `Invalid` for a number of days that is not from 1 to 3650, or a reason of more than 500 characters.
    pub fn parse(days: Option<i64>, reason: &str) -> Result<Suspension> {
        let invalid = |why: &str| Error::Invalid(why.into());
        if days.is_some_and(|days| !(1..=3650).contains(&days)) {
            return Err(invalid("Choose a number of days from 1 to 3650."));
        }
        let reason = reason.trim().to_owned();
        if reason.chars().count() > MAX_REASON {
            return Err(invalid("The reason can be at most 500 characters."));
        }
        Ok(Suspension {
            duration: days.map(|days| days * DAY),
            reason,
        })
    }

    fn until(&self, now: i64) -> i64 {
        self.duration.map_or(NO_END, |duration| now + duration)
    }

    fn details(&self, now: i64) -> String {
        let end = match self.duration {
            Some(duration) => format!("until {}", time::day_label(now + duration)),
            None => "without an end".into(),
        };
        match &*self.reason {
            "" => end,
            reason => format!("{end}: {reason}"),
        }
    }
}

impl Accounts {
    /// Changes the role of a user on the server.
    ///
    /// # Errors
    /// `Forbidden` without the right, `NotFound` for an unknown user, `Conflict` for the last admin, `Invalid` for
    /// guest: guests are invited.
    pub async fn set_role(&self, actor: Actor, user: UserId, role: ServerRole) -> Result<()> {
        let events = self.0.app.events.clone();
        let change = move |tx: &mut Tx| {
            check_actor(tx.conn, actor, ServerAction::ChangeRoles)?;
            let state = store::administration::state(tx.conn, user)?.ok_or(Error::NotFound)?;
            if role == ServerRole::Guest && state.role != role {
                let why = "Only an invite link makes guests.";
                return Err(Error::Invalid(why.into()));
            }
            if state.role == role {
                return Ok(());
            }
            if state.role == ServerRole::Admin {
                check_other_admin(tx.conn, user)?;
            }
            store::administration::set_role(tx.conn, user, role)?;
            let details = format!("{} → {}", state.role.name(), role.name());
            let entry = Entry::new(actor.user(), AuditAction::RoleChanged).user(user);
            audit::record(tx, entry.details(details))?;
            events.emit(tx, Event::RoleChanged(user))
        };
        self.db().write(change).await
    }

    /// Suspends a user: ends their sessions, closes their sockets, and refuses log-ins. Replaces an earlier suspension.
    ///
    /// # Errors
    /// `Forbidden` without the right, also for moderators who suspend other moderators or for more than a week;
    /// `NotFound` for an unknown user, `Conflict` for oneself and for the last admin.
    pub async fn suspend(&self, actor: Actor, user: UserId, suspension: Suspension) -> Result<()> {
        let events = self.0.app.events.clone();
        let suspend = move |tx: &mut Tx| suspend(tx, &events, (actor, user), &suspension);
        self.db().write(suspend).await
    }

    /// Ends the suspension of a user. Does nothing without one.
    ///
    /// # Errors
    /// `Forbidden` without the right, `NotFound` for an unknown user.
    pub async fn reinstate(&self, actor: Actor, user: UserId) -> Result<()> {
        let reinstate = move |tx: &mut Tx| {
            let state = store::administration::state(tx.conn, user)?.ok_or(Error::NotFound)?;
            check_rank(tx.conn, actor, &state)?;
            if !state.is_suspended(time::now()) {
                return Ok(());
            }
            store::administration::set_suspended(tx.conn, user, 0)?;
            let entry = Entry::new(actor.user(), AuditAction::UserReinstated).user(user);
            audit::record(tx, entry)
        };
        self.db().write(reinstate).await
    }
}

/// Suspends a user in the transaction of another change, such as the decision about a report.
///
/// # Errors
/// As [`Accounts::suspend`].
pub fn suspend(
    tx: &mut Tx,
    events: &Arc<Events>,
    (actor, user): (Actor, UserId),
    suspension: &Suspension,
) -> Result<()> {
    let state = store::administration::state(tx.conn, user)?.ok_or(Error::NotFound)?;
    let role = check_rank(tx.conn, actor, &state)?;
    if actor == Actor::User(user) {
        return Err(Error::Conflict("You can’t suspend yourself.".into()));
    }
    let is_long = suspension.duration.is_none_or(|time| time > BY_MODERATOR);
    if role < ServerRole::Admin && is_long {
        let why = "Moderators can suspend people for up to 7 days. Ask an admin.";
        return Err(Error::Forbidden(why.into()));
    }
    if state.role == ServerRole::Admin {
        check_other_admin(tx.conn, user)?;
    }
    let now = time::now();
    store::administration::set_suspended(tx.conn, user, suspension.until(now))?;
    end_sessions(tx, events, user)?;
    let entry = Entry::new(actor.user(), AuditAction::UserSuspended).user(user);
    audit::record(tx, entry.details(suspension.details(now)))
}

/// Suspends an account without an end, in the transaction that undoes how it came to the server. Returns `false` for an
/// admin, who stays, and for a deleted account.
pub fn suspend_for_good(tx: &mut Tx, events: &Arc<Events>, user: UserId) -> Result<bool> {
    let state = store::administration::state(tx.conn, user)?;
    if state.is_none_or(|state| state.role == ServerRole::Admin) {
        return Ok(false);
    }
    store::administration::set_suspended(tx.conn, user, NO_END)?;
    end_sessions(tx, events, user)?;
    Ok(true)
}

/// Ends all sessions of a user, and closes their sockets after the commit.
pub fn end_sessions(tx: &mut Tx, events: &Arc<Events>, user: UserId) -> Result<()> {
    for session in store::sessions::close_all(tx.conn, user)? {
        events.emit(tx, Event::SessionEnded { user, session })?;
    }
    Ok(())
}

/// Checks in a transaction that the actor may do something outside of rooms. Returns their role.
///
/// # Errors
/// `Forbidden` without the right, `Unauthenticated` for a user who was suspended meanwhile.
pub fn check_actor(conn: &mut Conn, actor: Actor, action: ServerAction) -> Result<ServerRole> {
    let Actor::User(user) = actor else {
        return Ok(ServerRole::Admin);
    };
    let state = store::administration::state(conn, user)?.ok_or(Error::Unauthenticated)?;
    if state.is_suspended(time::now()) {
        return Err(Error::Unauthenticated);
    }
    demand(state.role, action)?;
    Ok(state.role)
}

/// Checks that the actor may restrict a user in another way than by a suspension. The rule is the same.
///
/// # Errors
/// `Forbidden` without the right, also for moderators and another moderator or an admin; `NotFound` for an unknown user.
pub fn check_may_restrict(conn: &mut Conn, actor: Actor, user: UserId) -> Result<()> {
    let state = store::administration::state(conn, user)?.ok_or(Error::NotFound)?;
    check_rank(conn, actor, &state).map(|_| ())
}

/// Checks that the actor may suspend or reinstate a user: admins all, moderators those below them.
fn check_rank(conn: &mut Conn, actor: Actor, state: &AccountState) -> Result<ServerRole> {
    let role = check_actor(conn, actor, ServerAction::HandleReports)?;
    match role == ServerRole::Admin || state.role < role {
        true => Ok(role),
        false => Err(Error::Forbidden("Only a server admin can do that.".into())),
    }
}

/// Checks that there is an admin besides `user` who can log in.
pub(super) fn check_other_admin(conn: &mut Conn, user: UserId) -> Result<()> {
    if store::administration::has_other_admin(conn, user, time::now())? {
        return Ok(());
    }
    let why = "This server needs an admin. Make someone else an admin first.";
    Err(Error::Conflict(why.into()))
}

/// Refuses a session for an account that is suspended at `now` (ms UTC), or whose access as a guest has ended.
pub(super) fn check_may_log_in(state: &AccountState, now: i64) -> Result<()> {
    if state.is_suspended(now) {
        return Err(Error::Forbidden(match state.suspended_until {
            NO_END => "Your account is suspended. Contact an admin of this server.".into(),
            until => format!(
                "Your account is suspended until {}. Contact an admin of this server.",
                time::day_label(until)
            ),
        }));
    }
    match state.access_ends {
        Some(end) if end <= now => Err(Error::Forbidden(format!(
            "Your guest access ended on {}. Ask the person who invited you for a new invitation.",
            time::last_day(end)
        ))),
        _ => Ok(()),
    }
}
