//! Time-outs and bans of members. Each is recorded in the audit log.

use std::sync::Arc;

use super::{
    Action, Member, Rooms,
    membership::{check_rank, demand, end_invitations, left, remove_member},
    membership_line::MembershipLine,
    store,
};
use crate::{
    audit::{self, Entry},
    db::{
        Conn, Tx,
        ids::{RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::{Event, Events},
    people::{self, Profile},
};

/// Banned users that a page lists.
const BANNED_LISTED: i64 = 200;
/// Longest time-out (minutes): four weeks.
const MAX_MINUTES: i64 = 28 * 24 * 60;

/// User who is banned from a room.
#[derive(Clone, Debug)]
pub struct BannedUser {
    pub person: Profile,
    /// Time of the ban (ms UTC).
    pub banned_at: i64,
}

impl Rooms {
    /// Keeps a member from posting and reacting for some minutes; 0 ends that.
    ///
    /// # Errors
    /// `Forbidden` without the right, and for owners and admins; `NotFound` for a user who is not a member; `Invalid` for
    /// more than four weeks.
    pub async fn time_out(&self, member: &Member, username: &str, minutes: i64) -> Result<()> {
        if minutes != 0 {
            check_minutes(minutes)?;
        }
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let username = username.to_owned();
        let time_out = move |tx: &mut Tx| {
            let role = demand(tx.conn, room, me, Action::Remove)?;
            let person = people::find(tx.conn, &username)?.ok_or(Error::NotFound)?;
            check_rank(tx.conn, room, role, person.id)?.ok_or(Error::NotFound)?;
            set_time_out(tx, &events, (room, person.id), minutes)?;
            let (action, details) = match minutes {
                0 => (audit::AuditAction::TimeOutEnded, String::new()),
                minutes => (
                    audit::AuditAction::MemberTimedOut,
                    format!("{minutes} minutes"),
                ),
            };
            let entry = Entry::new(Some(me), action).user(person.id).room(room);
            audit::record(tx, entry.details(details))
        };
        self.0.app.db.write(time_out).await
    }

    /// Bans a user from a room: removes them, and keeps them from joining and from being added. Does nothing for a banned
    /// user.
    ///
    /// # Errors
    /// `Forbidden` without the right, and for owners and admins; `NotFound` for an unknown user; `Conflict` for oneself.
    pub async fn ban(&self, member: &Member, username: &str) -> Result<()> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let (username, by) = (username.to_owned(), member.user.viewer().name);
        let ban = move |tx: &mut Tx| {
            let role = demand(tx.conn, room, me, Action::Remove)?;
            let person = people::find(tx.conn, &username)?.ok_or(Error::NotFound)?;
            if person.id == me {
                return Err(Error::Conflict("You can’t ban yourself.".into()));
            }
            let banned_role = check_rank(tx.conn, room, role, person.id)?;
            if store::is_banned(tx.conn, room, person.id)? {
                return Ok(());
            }
            store::add_ban(tx.conn, room, (person.id, me), time::now())?;
            let entry = Entry::new(Some(me), audit::AuditAction::MemberBanned);
            audit::record(tx, entry.user(person.id).room(room))?;
            if banned_role.is_none() {
                return events.emit(tx, Event::InvitationsChanged(person.id));
            }
            remove_member(tx.conn, room, person.id)?;
            end_invitations(tx, &events, room, Some(person.id))?;
            let name = person.shown();
            let line = MembershipLine::Removed { name, by: &by };
            events.emit(tx, left(room, person.id, &line)?)
        };
        self.0.app.db.write(ban).await
    }

    /// Ends a ban. The user may join again, but is not added.
    ///
    /// # Errors
    /// `Forbidden` without the right, `NotFound` for a user who is not banned.
    pub async fn unban(&self, member: &Member, username: &str) -> Result<()> {
        let (room, me) = (member.room.id, member.user.id);
        let username = username.to_owned();
        let unban = move |tx: &mut Tx| {
            demand(tx.conn, room, me, Action::Remove)?;
            let person = people::find(tx.conn, &username)?.ok_or(Error::NotFound)?;
            if !store::remove_ban(tx.conn, room, person.id)? {
                return Err(Error::NotFound);
            }
            let entry = Entry::new(Some(me), audit::AuditAction::BanEnded);
            audit::record(tx, entry.user(person.id).room(room))
        };
        self.0.app.db.write(unban).await
    }

    /// Users who are banned from the room of a member who may ban, the latest first.
    pub async fn banned(&self, member: &Member) -> Result<Vec<BannedUser>> {
        if !member.may(Action::Remove) {
            return Ok(Vec::new());
        }
        let room = member.room.id;
        let list = move |conn: &mut Conn| store::banned(conn, room, BANNED_LISTED);
        self.0.app.db.read(list).await
    }
}

/// Checks the length of a time-out.
///
/// # Errors
/// `Invalid` for less than a minute and more than four weeks.
pub fn check_minutes(minutes: i64) -> Result<()> {
    match (1..=MAX_MINUTES).contains(&minutes) {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "Choose a number of minutes from 1 to {MAX_MINUTES}."
        ))),
    }
}

/// Keeps a user from posting and reacting in a room for some minutes; 0 ends that. The caller checks the right and
/// records it in the audit log.
///
/// # Errors
/// `NotFound` for a user who is not a member.
pub fn set_time_out(
    tx: &mut Tx,
    events: &Arc<Events>,
    (room, user): (RoomId, UserId),
    minutes: i64,
) -> Result<()> {
    let until = match minutes {
        0 => 0,
        minutes => time::now() + minutes * 60_000,
    };
    if !store::set_timed_out(tx.conn, room, user, until)? {
        return Err(Error::NotFound);
    }
    events.emit(tx, Event::MemberRestricted { room, user })
}
