//! Joining, leaving, removing, and listing members.

use std::sync::Arc;

use super::{
    Kind, Member, OpenRoom, Role, Room, Rooms, RoomsInner,
    membership_line::MembershipLine,
    rights::{self, Action},
    store,
};
use crate::{
    accounts::{self, ServerAction, User},
    audit::{self, Entry},
    db::{
        Conn, Tx,
        ids::{RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::{Event, Events},
    people::{self, Profile},
    web::paged::Paged,
};

/// Members on one page.
pub const PEOPLE_LISTED: i64 = 100;

/// Member of a room as the other members see them.
#[derive(Clone, Debug)]
pub struct RoomMember {
    pub person: Profile,
    /// Owner or member; an administrator is shown with their stored role.
    pub role: Role,
    /// Time until which they may not post (ms UTC).
    pub timed_out_until: i64,
}

impl Rooms {
    /// An open room that `user` has not joined. `NotFound` for other rooms, and for members.
    pub async fn open_to(&self, user: &User, room: RoomId) -> Result<OpenRoom> {
        accounts::demand(user.role, ServerAction::Browse).map_err(|_| Error::NotFound)?;
        let user = user.id;
        let find = move |conn: &mut Conn| {
            if store::membership(conn, room, user)?.is_some() {
                return Err(Error::NotFound);
            }
            let room = store::room(conn, room)?.filter(Room::is_listed);
            let room = room.ok_or(Error::NotFound)?;
            let members = store::count(conn, room.id)?;
            Ok(OpenRoom { room, members })
        };
        self.0.app.db.read(find).await
    }

    /// Joins a room, as its owner if it has no members. Does nothing for a member. `NotFound` unless the room is open
    /// and not archived, and for guests; `Conflict` for a user in too many rooms.
    pub async fn join(&self, user: &User, room: RoomId) -> Result<()> {
        let may_join = user.may(ServerAction::Browse);
        let (id, name, rooms) = (user.id, user.viewer().name, self.clone());
        let join = move |tx: &mut Tx| {
            let RoomsInner { app, limits, .. } = &*rooms.0;
            if store::membership(tx.conn, room, id)?.is_some() {
                return Ok(());
            }
            let found = store::room(tx.conn, room)?.ok_or(Error::NotFound)?;
            if found.kind != Kind::Open || found.archived || !may_join {
                return Err(Error::NotFound);
            }
            limits.check_rooms(tx.conn, id)?;
            // An empty room gets an owner again.
            let empty = !found.is_default && store::count(tx.conn, room)? == 0;
            let role = if empty { Role::Owner } else { Role::Member };
            store::add(tx.conn, room, id, role, time::now())?;
            let line = MembershipLine::Joined { name: &name };
            app.events.emit(tx, joined(room, id, &line)?)
        };
        self.0.app.db.write(join).await
    }

    /// Leaves a room. When the last owner leaves, the longest-standing member becomes owner.
    ///
    /// # Errors
    /// `Conflict` for the user's last default room and for the last member of a closed room; `Forbidden`
    /// in a direct conversation.
    pub async fn leave(&self, member: &Member) -> Result<()> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let name = member.user.viewer().name;
        let leave = move |tx: &mut Tx| {
            demand(tx.conn, room, me, Action::Leave)?;
            check_can_leave(tx.conn, room, me)?;
            remove_member(tx.conn, room, me)?;
            end_invitations(tx, &events, room, Some(me))?;
            let line = MembershipLine::Left { name: &name };
            events.emit(tx, left(room, me, &line)?)
        };
        self.0.app.db.write(leave).await
    }

    /// Removes a member; for oneself as [`Rooms::leave`]. The last owner and a member of no other default room may be
    /// removed, too: the longest-standing member becomes owner, and the removed one can join again.
    ///
    /// # Errors
    /// `NotFound` for a user who is not a member, `Forbidden` without the right.
    pub async fn remove(&self, member: &Member, username: &str) -> Result<()> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let name = username.to_owned();
        let look = move |conn: &mut Conn| people::find(conn, &name);
        let found = self.0.app.db.read(look).await?.ok_or(Error::NotFound)?;
        let (person, by) = (found.id, member.user.viewer().name);
        if person == me {
            return self.leave(member).await;
        }
        let remove = move |tx: &mut Tx| {
            let role = demand(tx.conn, room, me, Action::Remove)?;
            if role == Role::Moderator {
                check_rank(tx.conn, room, role, person)?;
            }
            remove_member(tx.conn, room, person)?;
            let entry = Entry::new(Some(me), audit::AuditAction::MemberRemoved);
            audit::record(tx, entry.user(person).room(room))?;
            end_invitations(tx, &events, room, Some(person))?;
            let line = MembershipLine::Removed {
                name: found.shown(),
                by: &by,
            };
            events.emit(tx, left(room, person, &line)?)
        };
        self.0.app.db.write(remove).await
    }

    /// Makes a member an owner, or an owner an ordinary member.
    ///
    /// # Errors
    /// `NotFound` for a user who is not a member, `Conflict` for the last owner, `Forbidden` without the right.
    pub async fn appoint(&self, member: &Member, username: &str, role: Role) -> Result<Profile> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let username = username.to_owned();
        let appoint = move |tx: &mut Tx| {
            demand(tx.conn, room, me, Action::Appoint)?;
            let person = people::find(tx.conn, &username)?.ok_or(Error::NotFound)?;
            if person.is_guest() && role != Role::Member {
                return Err(Error::Conflict("Guests can’t own rooms.".into()));
            }
            if !store::appoint(tx.conn, room, person.id, role)? {
                return Err(Error::NotFound);
            }
            if role == Role::Member && !store::has_owner(tx.conn, room)? {
                let what = "Every room needs an owner. Make someone else an owner first.";
                return Err(Error::Conflict(what.into()));
            }
            if role == Role::Member {
                end_invitations(tx, &events, room, Some(person.id))?;
            }
            events.emit(tx, Event::RoomChanged(room))?;
            Ok(person)
        };
        self.0.app.db.write(appoint).await
    }

    /// Members of a room, owners first and then by name, from `skip` on.
    pub async fn members(&self, member: &Member, skip: i64) -> Result<Paged<RoomMember>> {
        let room = member.room.id;
        let find = move |conn: &mut Conn| store::members_of(conn, room, PEOPLE_LISTED + 1, skip);
        let found = self.0.app.db.read(find).await?;
        Ok(Paged::new(found, PEOPLE_LISTED, skip))
    }

    /// The given users who are members of a room, with their roles, and the total number of members.
    pub async fn among(
        &self,
        member: &Member,
        people: Vec<UserId>,
    ) -> Result<(Vec<RoomMember>, i64)> {
        let room = member.room.id;
        let find = move |conn: &mut Conn| {
            let found = store::members_among(conn, room, &people)?;
            Ok((found, store::count(conn, room)?))
        };
        self.0.app.db.read(find).await
    }
}

/// The event of a new member, with the line for the others.
pub(super) fn joined(room: RoomId, user: UserId, line: &MembershipLine) -> Result<Event> {
    let line = Some(line.publication()?);
    Ok(Event::MemberJoined { room, user, line })
}

/// The event of a member who left or was removed, with the line for the others.
pub(super) fn left(room: RoomId, user: UserId, line: &MembershipLine) -> Result<Event> {
    let line = line.publication()?;
    Ok(Event::MemberLeft { room, user, line })
}

/// Returns the user's role if it permits `action`. Call it in the transaction of the action.
///
/// # Errors
/// `NotFound` for a user who is not a member, `Forbidden` without the right, and for a post to someone who has blocked
/// the user.
pub fn demand(conn: &mut Conn, room: RoomId, user: UserId, action: Action) -> Result<Role> {
    let (room, role) = store::membership(conn, room, user)?.ok_or(Error::NotFound)?;
    rights::demand(role, action, &room)?;
    if action == Action::Post && room.kind == Kind::Direct {
        people::check_direct(conn, room.id, user)?;
    }
    Ok(role)
}

/// Checks that a user stands below `role` in a room. Returns their role; `None` for a user who is not a member.
///
/// # Errors
/// `Forbidden` for a user with the same role or a higher one, except for admins.
pub(super) fn check_rank(
    conn: &mut Conn,
    room: RoomId,
    role: Role,
    user: UserId,
) -> Result<Option<Role>> {
    let theirs = store::state_of(conn, room, user)?;
    if role != Role::Admin && theirs.is_some_and(|theirs| theirs >= role) {
        let why = "You can’t do that to an owner, a moderator or an admin.";
        return Err(Error::Forbidden(why.into()));
    }
    Ok(theirs)
}

/// Finds a user by name, with an error for an unknown name.
pub fn found(conn: &mut Conn, username: &str) -> Result<Profile> {
    people::find(conn, username)?.ok_or_else(|| unknown(username))
}

/// Error for a username that no one has, or that a guest does not get to know.
pub(super) fn unknown(username: &str) -> Error {
    let name: String = username.chars().take(40).collect();
    Error::Invalid(match name.trim() {
        "" => "Enter a username.".into(),
        name => format!("No one here has the username “{name}”. Check the spelling."),
    })
}

/// Removes a member. If it was an owner, the room gets a new one; a room without owners (the first room) does not.
pub(super) fn remove_member(conn: &mut Conn, room: RoomId, person: UserId) -> Result<()> {
    match store::remove(conn, room, person)? {
        None => Err(Error::NotFound),
        Some(Role::Member) => Ok(()),
        Some(_) => store::ensure_owner(conn, room),
    }
}

/// Ends the pending invitations to a room, all or those by one user.
pub(super) fn end_invitations(
    tx: &mut Tx,
    events: &Arc<Events>,
    room: RoomId,
    by: Option<UserId>,
) -> Result<()> {
    for user in store::end_invitations(tx.conn, room, by)? {
        events.emit(tx, Event::InvitationsChanged(user))?;
    }
    Ok(())
}

fn check_can_leave(conn: &mut Conn, room: RoomId, user: UserId) -> Result<()> {
    let found = store::room(conn, room)?.ok_or(Error::NotFound)?;
    if found.is_default && store::defaults_of(conn, user)? <= 1 {
        let what = "You can’t leave your last shared room. You can hide it instead.";
        return Err(Error::Conflict(what.into()));
    }
    if found.kind == Kind::Closed && store::count(conn, room)? <= 1 {
        let what = "You’re the last member of this private room. Archive or delete it instead.";
        return Err(Error::Conflict(what.into()));
    }
    Ok(())
}
