//! Rooms and who belongs to them. A [`Member`] is the proof that everything in a room asks for.

mod connect;
mod guard;
mod store;

pub use connect::connect;

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn,
        ids::{RoomId, UserId},
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
    pub name: String,
    /// How many changes it has seen.
    pub rev: i64,
}

/// A person in a room they belong to. Only [`Rooms::admit`] makes one.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person.
    pub user: User,
    /// The room as it was when the request came in.
    pub room: Room,
}

/// The verbs on rooms. Cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    app: App,
}

impl Rooms {
    /// Rooms of this server.
    pub fn new(app: App) -> Rooms {
        Rooms { app }
    }

    /// Lets `user` into `room`.
    ///
    /// # Errors
    /// `NotFound` when there is no such room, or they are no member: an outsider cannot tell which.
    pub async fn admit(&self, user: User, room: RoomId) -> Result<Member> {
        let id = user.id;
        let found = self
            .app
            .db
            .read(move |conn| store::room_of_member(conn, room, id))
            .await?;
        Ok(Member {
            user,
            room: found.ok_or(Error::NotFound)?,
        })
    }

    /// The room that a person comes to when they name none.
    ///
    /// # Errors
    /// `NotFound` for somebody who is in no room.
    pub async fn home(&self, user: &User) -> Result<RoomId> {
        let id = user.id;
        let first = self
            .app
            .db
            .read(move |conn| store::first_room(conn, id))
            .await?;
        first.ok_or(Error::NotFound)
    }
}

/// Makes a new account a member of the default rooms, in the transaction that creates it.
///
/// # Errors
/// Those of the database.
pub fn welcome(conn: &mut Conn, user: UserId) -> Result<()> {
    store::join_defaults(conn, user, time::now())
}
