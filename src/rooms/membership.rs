//! Coming in, bringing in, going, putting out, and who is there.

use super::{
    Kind, Member, Role, Rooms, joined,
    rights::{self, Action},
    store,
};
use crate::{
    accounts::User,
    db::{
        Conn, Tx,
        ids::{RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    people::{self, Profile},
    web::paged::Paged,
};

/// Members that one page lists.
pub const PEOPLE_LISTED: i64 = 100;

/// Somebody in a room, as the others there see them.
#[derive(Clone, Debug)]
pub struct RoomMember {
    pub person: Profile,
    /// Owner or member: an admin is shown as what they are in the room.
    pub role: Role,
}

impl Rooms {
    /// Comes into an open room by oneself, as its owner if nobody is in it. Who is there already stays.
    ///
    /// # Errors
    /// `NotFound` unless it is an open room that is not archived.
    pub async fn join(&self, user: &User, room: RoomId) -> Result<()> {
        let (id, events) = (user.id, self.0.app.events.clone());
        let join = move |tx: &mut Tx| {
            if store::membership(tx.conn, room, id)?.is_some() {
                return Ok(());
            }
            let found = store::room(tx.conn, room)?.ok_or(Error::NotFound)?;
            if found.kind != Kind::Open || found.archived {
                return Err(Error::NotFound);
            }
            // A room that everyone has left has somebody to run it again.
            let empty = !found.is_default && store::count(tx.conn, room)? == 0;
            let role = if empty { Role::Owner } else { Role::Member };
            store::add(tx.conn, room, id, role, time::now())?;
            events.emit(tx, joined(room, id))
        };
        self.0.app.db.write(join).await
    }

    /// Brings somebody in.
    ///
    /// # Errors
    /// `Invalid` when nobody is called so, `Conflict` when they are there already, `Forbidden`.
    pub async fn invite(&self, member: &Member, username: &str) -> Result<Profile> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let username = username.trim().trim_start_matches('@').to_owned();
        let invite = move |tx: &mut Tx| {
            demand(tx.conn, room, me, Action::Invite)?;
            let person = found(tx.conn, &username)?;
            if person.id == me {
                return Err(Error::Conflict("You’re already in this room.".into()));
            }
            if store::membership(tx.conn, room, person.id)?.is_some() {
                let what = format!("{} is already in this room.", person.username);
                return Err(Error::Conflict(what));
            }
            store::add(tx.conn, room, person.id, Role::Member, time::now())?;
            events.emit(tx, joined(room, person.id))?;
            Ok(person)
        };
        self.0.app.db.write(invite).await
    }

    /// Goes by oneself. The last owner hands the room to whoever has been there longest.
    ///
    /// # Errors
    /// `Conflict` for one's last default room, and for the last one in a closed room; `Forbidden` in a
    /// direct conversation.
    pub async fn leave(&self, member: &Member) -> Result<()> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let leave = move |tx: &mut Tx| {
            demand(tx.conn, room, me, Action::Leave)?;
            check_can_leave(tx.conn, room, me)?;
            take_out(tx.conn, room, me)?;
            events.emit(tx, Event::MemberLeft { room, user: me })
        };
        self.0.app.db.write(leave).await
    }

    /// Puts somebody out of a room; oneself by leaving. An admin may put out the last owner: the room goes
    /// to whoever has been there longest, as when they leave.
    ///
    /// # Errors
    /// `NotFound` when they are not in it, `Forbidden`; for oneself those of [`Rooms::leave`]. Somebody else
    /// may be put out of their last default room, too, and can come back.
    pub async fn remove(&self, member: &Member, username: &str) -> Result<()> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let name = username.to_owned();
        let look = move |conn: &mut Conn| people::find(conn, &name);
        let person = self.0.app.db.read(look).await?.ok_or(Error::NotFound)?.id;
        if person == me {
            return self.leave(member).await;
        }
        let remove = move |tx: &mut Tx| {
            demand(tx.conn, room, me, Action::Remove)?;
            take_out(tx.conn, room, person)?;
            events.emit(tx, Event::MemberLeft { room, user: person })
        };
        self.0.app.db.write(remove).await
    }

    /// Makes somebody an owner of the room, or a member like the others.
    ///
    /// # Errors
    /// `NotFound` when they are not in it, `Conflict` for the last owner, `Forbidden`.
    pub async fn appoint(&self, member: &Member, username: &str, role: Role) -> Result<Profile> {
        let (room, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let username = username.to_owned();
        let appoint = move |tx: &mut Tx| {
            demand(tx.conn, room, me, Action::Appoint)?;
            let person = people::find(tx.conn, &username)?.ok_or(Error::NotFound)?;
            if !store::appoint(tx.conn, room, person.id, role)? {
                return Err(Error::NotFound);
            }
            if role == Role::Member && !store::has_owner(tx.conn, room)? {
                let what = "Every room needs an owner. Make someone else an owner first.";
                return Err(Error::Conflict(what.into()));
            }
            events.emit(tx, Event::RoomChanged(room))?;
            Ok(person)
        };
        self.0.app.db.write(appoint).await
    }

    /// The people of a room, owners first and then by name, from `skip` on, and whether there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn members(&self, member: &Member, skip: i64) -> Result<Paged<RoomMember>> {
        let room = member.room.id;
        let find = move |conn: &mut Conn| store::members_of(conn, room, PEOPLE_LISTED + 1, skip);
        let found = self.0.app.db.read(find).await?;
        Ok(Paged::new(found, PEOPLE_LISTED, skip))
    }

    /// Which of these people are in a room, with what they are there; and how many there are in all.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn among(
        &self,
        member: &Member,
        people: Vec<UserId>,
    ) -> Result<(Vec<RoomMember>, i64)> {
        let room = member.room.id;
        let find = move |conn: &mut Conn| {
            Ok((
                store::members_among(conn, room, &people)?,
                store::count(conn, room)?,
            ))
        };
        self.0.app.db.read(find).await
    }
}

/// What somebody is in a room, if that suffices for `action`; to be asked in the transaction of the action.
///
/// # Errors
/// `NotFound` for an outsider, `Forbidden` by the table of rights.
pub fn demand(conn: &mut Conn, room: RoomId, user: UserId, action: Action) -> Result<Role> {
    let (room, role) = store::membership(conn, room, user)?.ok_or(Error::NotFound)?;
    rights::demand(role, action, &room)?;
    Ok(role)
}

/// Somebody who is named; the error says that nobody is.
pub fn found(conn: &mut Conn, username: &str) -> Result<Profile> {
    people::find(conn, username)?.ok_or_else(|| {
        let name: String = username.chars().take(40).collect();
        Error::Invalid(match name.trim() {
            "" => "Enter a username.".into(),
            name => format!("No one here has the username “{name}”. Check the spelling."),
        })
    })
}

/// Takes somebody out. A room that had an owner keeps one; one that had none, as the first room, gets none.
fn take_out(conn: &mut Conn, room: RoomId, person: UserId) -> Result<()> {
    match store::remove(conn, room, person)? {
        None => Err(Error::NotFound),
        Some(Role::Member) => Ok(()),
        Some(_) => store::keep_an_owner(conn, room),
    }
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
