//! Adding users to a room. A user who shares no room with the member is invited to a closed room instead, and becomes a
//! member by accepting.

use std::sync::Arc;

use super::{
    Kind, Member, Role, Room, Rooms, RoomsInner,
    limits::Creation,
    membership::{demand, found, joined, left, remove_member},
    membership_line::MembershipLine,
    rights::{self, Action},
    store,
};
use crate::{
    accounts::{self, ServerAction, User},
    db::{
        Conn, Tx,
        ids::{RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::{Event, Events},
    people::{self, Profile},
};

/// Users who can be added at once: no more than the limit of memberships allows.
const MOST_ADDED: usize = 20;
/// Time after a declined invitation in which the user is not invited to the room again (ms).
const DECLINED_FOR: i64 = 24 * 60 * 60 * 1000;
/// Maximum number of invitations that the members page of a room lists.
const INVITED_LISTED: i64 = 100;

/// Pending invitation of a user.
pub struct Invitation {
    pub room: RoomId,
    pub name: Arc<str>,
    pub invited_by: Profile,
    /// Time of the invitation (ms UTC).
    pub invited_at: i64,
}

/// User who is invited to a room.
pub struct InvitedPerson {
    pub person: Profile,
    /// Time of the invitation (ms UTC).
    pub invited_at: i64,
}

/// Outcome of adding users to a room.
#[derive(Default)]
pub struct Added {
    /// New members.
    pub members: Vec<Profile>,
    /// Users who are invited instead.
    pub invited: Vec<Profile>,
}

impl Rooms {
    /// Adds users to the room of `member`, or invites them: all of them or, with an error, none. Users of a closed room
    /// are invited if they do not share a room with `member`.
    ///
    /// # Errors
    /// `Invalid` for an unknown username and for too many, `Conflict` for a member and for a user in too many rooms,
    /// `Forbidden` without the right, `TooMany` when the member added too many users lately.
    pub async fn invite(&self, member: &Member, usernames: Vec<String>) -> Result<Added> {
        let (id, me, rooms) = (member.room.id, member.user.id, self.clone());
        let by = member.user.viewer().name;
        accounts::demand(member.user.role, ServerAction::Browse)?;
        if usernames.len() > MOST_ADDED {
            let what = format!("Add up to {MOST_ADDED} people at once.");
            return Err(Error::Invalid(what));
        }
        let invite = move |tx: &mut Tx| {
            let (room, role) = store::membership(tx.conn, id, me)?.ok_or(Error::NotFound)?;
            rights::demand(role, Action::Invite, &room)?;
            let people = rooms.addable(tx.conn, &room, me, &usernames)?;
            let limits = &rooms.0.limits;
            limits.take_all(me, Creation::Membership, people.len())?;
            let mut outcome = Added::default();
            for person in people {
                let is_known = store::share_room(tx.conn, me, person.id)?;
                if room.kind == Kind::Closed && !is_known {
                    rooms.invite_one(tx, id, (person.id, me))?;
                    outcome.invited.push(person);
                } else {
                    rooms.add_one(tx, id, (&person, &by))?;
                    if !is_known {
                        store::set_origin(tx.conn, id, person.id, store::MemberOrigin::Stranger)?;
                    }
                    outcome.members.push(person);
                }
            }
            Ok(outcome)
        };
        self.0.app.db.write(invite).await
    }

    /// Users with these names, if all of them can be added to a room.
    fn addable(
        &self,
        conn: &mut Conn,
        room: &Room,
        me: UserId,
        usernames: &[String],
    ) -> Result<Vec<Profile>> {
        let mut people: Vec<Profile> = Vec::with_capacity(usernames.len());
        for username in usernames {
            let person = found(conn, username)?;
            if people.iter().any(|one| one.id == person.id) {
                continue;
            }
            if person.id == me {
                return Err(Error::Conflict("You’re already in this room.".into()));
            }
            if store::membership(conn, room.id, person.id)?.is_some() {
                let what = format!("{} is already in this room.", person.shown());
                return Err(Error::Conflict(what));
            }
            if store::is_banned(conn, room.id, person.id)? {
                let what = format!("{} is banned from this room.", person.shown());
                return Err(Error::Conflict(what));
            }
            self.0.limits.check_rooms_of(conn, &person)?;
            people.push(person);
        }
        Ok(people)
    }

    fn add_one(&self, tx: &mut Tx, room: RoomId, (person, by): (&Profile, &str)) -> Result<()> {
        store::add(tx.conn, room, person.id, Role::Member, time::now())?;
        let name = person.shown();
        let line = MembershipLine::Added { name, by };
        self.0.app.events.emit(tx, joined(room, person.id, &line)?)
    }

    /// Invites a user. An invitation that waits, or that was declined lately, stays as it is. The inviter is told the
    /// same, so that no one learns that it was declined.
    fn invite_one(&self, tx: &mut Tx, room: RoomId, (person, me): (UserId, UserId)) -> Result<()> {
        let now = time::now();
        if let Some(earlier) = store::invitation(tx.conn, room, person)?
            && earlier.declined_at.is_none_or(|at| at > now - DECLINED_FOR)
        {
            return store::list_invitation(tx.conn, room, person, true);
        }
        store::add_invitation(tx.conn, room, (person, me), now)?;
        let event = Event::InvitationsChanged(person);
        self.0.app.events.emit(tx, event)
    }

    /// Pending invitations of a user, the latest first.
    pub async fn invitations(&self, user: &User) -> Result<Vec<Invitation>> {
        let me = user.id;
        let find = move |conn: &mut Conn| store::invitations_of(conn, me);
        self.0.app.db.read(find).await
    }

    /// Makes an invited user a member.
    ///
    /// # Errors
    /// `NotFound` without an invitation, `Conflict` for a user in too many rooms.
    pub async fn accept(&self, user: &User, room: RoomId) -> Result<()> {
        let (me, name, rooms) = (user.id, user.viewer().name, self.clone());
        let accept = move |tx: &mut Tx| {
            let RoomsInner { app, limits, .. } = &*rooms.0;
            let invited_by = pending(tx.conn, room, me)?;
            demand(tx.conn, room, invited_by, Action::Invite).map_err(|_| Error::NotFound)?;
            limits.check_rooms(tx.conn, me)?;
            store::add(tx.conn, room, me, Role::Member, time::now())?;
            let line = MembershipLine::Joined { name: &name };
            app.events.emit(tx, joined(room, me, &line)?)
        };
        self.0.app.db.write(accept).await
    }

    /// Declines an invitation. The room is not told. `NotFound` without an invitation.
    pub async fn decline(&self, user: &User, room: RoomId) -> Result<()> {
        let (me, events) = (user.id, self.0.app.events.clone());
        let decline = move |tx: &mut Tx| {
            pending(tx.conn, room, me)?;
            store::decline(tx.conn, room, me, time::now())?;
            events.emit(tx, Event::InvitationsChanged(me))
        };
        self.0.app.db.write(decline).await
    }

    /// Users who are invited to the room of `member`, if they may add users: also those who declined a short time ago.
    pub async fn invited(&self, member: &Member) -> Result<Vec<InvitedPerson>> {
        if !member.may(Action::Invite) {
            return Ok(Vec::new());
        }
        let (room, since) = (member.room.id, time::now() - DECLINED_FOR);
        let find = move |conn: &mut Conn| store::invited_to(conn, room, since, INVITED_LISTED);
        self.0.app.db.read(find).await
    }

    /// Cancels the invitation of a user to the room of `member`.
    ///
    /// # Errors
    /// `NotFound` without an invitation, `Forbidden` without the right.
    pub async fn cancel_invitation(&self, member: &Member, username: &str) -> Result<()> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let username = username.to_owned();
        let cancel = move |tx: &mut Tx| {
            demand(tx.conn, room, me, Action::Invite)?;
            let person = people::find(tx.conn, &username)?.ok_or(Error::NotFound)?;
            let found = store::invitation(tx.conn, room, person.id)?.ok_or(Error::NotFound)?;
            if found.declined_at.is_some() {
                return store::list_invitation(tx.conn, room, person.id, false);
            }
            store::remove_invitation(tx.conn, room, person.id)?;
            events.emit(tx, Event::InvitationsChanged(person.id))
        };
        self.0.app.db.write(cancel).await
    }
}

/// The user who invited `user` to a room. `NotFound` without a pending invitation.
fn pending(conn: &mut Conn, room: RoomId, user: UserId) -> Result<UserId> {
    let found = store::invitation(conn, room, user)?;
    let pending = found.filter(|invitation| invitation.declined_at.is_none());
    Ok(pending.ok_or(Error::NotFound)?.invited_by)
}

/// Invites the members of a room that `me` closes if strangers added them and they never wrote there: otherwise a room
/// could be closed around users who did not choose it.
pub(super) fn ask_strangers(
    tx: &mut Tx,
    events: &Arc<Events>,
    room: RoomId,
    (me, by): (UserId, &str),
) -> Result<()> {
    for person in store::unasked(tx.conn, room, me)? {
        remove_member(tx.conn, room, person.id)?;
        let name = person.shown();
        let line = MembershipLine::Removed { name, by };
        events.emit(tx, left(room, person.id, &line)?)?;
        store::add_invitation(tx.conn, room, (person.id, me), time::now())?;
        events.emit(tx, Event::InvitationsChanged(person.id))?;
    }
    Ok(())
}
