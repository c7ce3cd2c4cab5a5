//! Rooms and who belongs to them. A [`Member`] is the proof that everything in a room asks for.

mod connect;
mod guard;
mod store;

use std::sync::Arc;

pub use connect::connect;

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn,
        ids::{RoomId, UserId},
        recall::Recall,
        time,
    },
    error::{Error, Result},
};

/// A room as its members see it.
#[derive(Clone, Debug)]
pub struct Room {
    /// Its number, as in `/rooms/5`.
    pub id: RoomId,
    /// What people call it.
    pub name: Arc<str>,
}

/// A person in a room they belong to. Only [`Rooms::admit`] makes one.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person.
    pub user: User,
    /// The room.
    pub room: Room,
}

/// Memberships and first rooms that are remembered; then it starts anew.
const KEEP: usize = 50_000;

/// The verbs on rooms, and what is kept in memory of them. Cheap to clone.
#[derive(Clone)]
pub struct Rooms(Arc<Inner>);

struct Inner {
    app: App,
    members: Recall<(RoomId, UserId), Room>,
    homes: Recall<UserId, RoomId>,
}

impl Rooms {
    /// Rooms of this server.
    pub fn new(app: App) -> Rooms {
        Rooms(Arc::new(Inner {
            app,
            members: Recall::new(KEEP),
            homes: Recall::new(KEEP),
        }))
    }

    /// Lets `user` into `room`.
    ///
    /// # Errors
    /// `NotFound` when there is no such room, or they are no member: an outsider cannot tell which.
    pub async fn admit(&self, user: User, room: RoomId) -> Result<Member> {
        let (Inner { app, members, .. }, id) = (&*self.0, user.id);
        if let Some(room) = members.get(&(room, id)) {
            return Ok(Member { user, room });
        }
        let seen = members.generation();
        let find = app
            .db
            .read(move |conn| store::room_of_member(conn, room, id));
        let found = find.await?.ok_or(Error::NotFound)?;
        members.keep((room, id), found.clone(), seen);
        Ok(Member { user, room: found })
    }

    /// The room that a person comes to when they name none.
    ///
    /// # Errors
    /// `NotFound` for somebody who is in no room.
    pub async fn home(&self, user: &User) -> Result<RoomId> {
        let (Inner { app, homes, .. }, id) = (&*self.0, user.id);
        if let Some(home) = homes.get(&id) {
            return Ok(home);
        }
        let seen = homes.generation();
        let find = app.db.read(move |conn| store::first_room(conn, id));
        let home = find.await?.ok_or(Error::NotFound)?;
        homes.keep(id, home, seen);
        Ok(home)
    }

    /// To be called after a commit that changed a room or who belongs to it; holds at once for every
    /// request that comes after.
    pub fn changed(&self, room: RoomId) {
        self.0.members.forget(|(of, _), _| *of == room);
        self.0.homes.forget(|_, _| true); // who joins an older room comes to that one
    }
}

/// Makes a new account a member of the default rooms, in the transaction that creates it.
///
/// # Errors
/// Those of the database.
pub fn welcome(conn: &mut Conn, user: UserId) -> Result<()> {
    store::join_defaults(conn, user, time::now())
}

/// How many changes there were in a room.
///
/// # Errors
/// Those of the database.
pub fn rev(conn: &mut Conn, room: RoomId) -> Result<i64> {
    store::rev(conn, room)
}

/// Counts a change of a room, in the transaction that makes it; its number.
///
/// # Errors
/// Those of the database.
pub fn next_rev(conn: &mut Conn, room: RoomId) -> Result<i64> {
    store::next_rev(conn, room)
}
