//! Pins, which belong to a room, and saved messages, which belong to a user.

use super::{LISTED, Message, MessagePage, Messages, Mutation, gone, mutation, store};
use crate::{
    accounts::User,
    db::{Conn, Tx, ids::MessageId, time},
    error::{Error, Result},
    rooms::{Action, Member},
    web::paged::Paged,
};

/// The most pinned messages in a room.
const PINS: i64 = 100;
/// The most saved messages of a user.
const SAVED: i64 = 1000;

impl Messages {
    /// Pins a message in its room.
    ///
    /// # Errors
    /// `Forbidden` if the member's role does not allow it, `Conflict` if the message was deleted or the room has 100
    /// pins.
    pub async fn pin(&self, member: &Member, id: MessageId) -> Result<Message> {
        let pin = move |conn: &mut Conn, mutation: &Mutation| {
            mutation.demand(conn, Action::Pin)?;
            mutation.alive()?;
            if mutation.message.pinned_at.is_some() {
                return Ok(false);
            }
            if store::count_pins(conn, mutation.message.room)? >= PINS {
                let why = format!("This room already has {PINS} pins. Unpin one first.");
                return Err(Error::Conflict(why));
            }
            store::set_pinned(conn, id, Some((time::now(), mutation.user)))?;
            Ok(true)
        };
        self.change(member, id, pin).await
    }

    /// Removes a pin.
    pub async fn unpin(&self, member: &Member, id: MessageId) -> Result<Message> {
        let unpin = move |conn: &mut Conn, mutation: &Mutation| {
            mutation.demand(conn, Action::Pin)?;
            store::set_pinned(conn, id, None)?;
            Ok(mutation.message.pinned_at.is_some())
        };
        self.change(member, id, unpin).await
    }

    /// The pinned messages of a room, most recently pinned first.
    pub async fn pins(&self, member: &Member) -> Result<MessagePage> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::pins(conn, room, PINS);
        self.app.db.read(read).await
    }

    /// Saves a message for the user. Other users cannot see it.
    ///
    /// # Errors
    /// `NotFound` if the room has no such message, `Conflict` if the user has 1,000 saved messages.
    pub async fn save(&self, member: &Member, id: MessageId) -> Result<()> {
        let (room, user) = (member.room.id, member.user.id);
        let save = move |tx: &mut Tx| {
            let message = mutation::target(tx.conn, room, user, id)?;
            if message.deleted_at.is_some() {
                return Err(gone());
            }
            if store::is_saved(tx.conn, user, id)? {
                return Ok(());
            }
            if store::count_saved(tx.conn, user)? >= SAVED {
                let why = format!("You’ve reached {SAVED} saved messages. Remove one first.");
                return Err(Error::Conflict(why));
            }
            store::save(tx.conn, user, id, time::now())
        };
        self.app.db.write(save).await
    }

    /// Removes a message from the user's saved messages.
    pub async fn unsave(&self, member: &Member, id: MessageId) -> Result<()> {
        let (room, user) = (member.room.id, member.user.id);
        let unsave = move |tx: &mut Tx| {
            mutation::target(tx.conn, room, user, id)?;
            store::unsave(tx.conn, user, id)
        };
        self.app.db.write(unsave).await
    }

    /// The user's saved messages in their rooms, most recently saved first.
    pub async fn saved(&self, user: &User, skip: i64) -> Result<Paged<Message>> {
        let user = user.id;
        let read = move |conn: &mut Conn| store::saved(conn, user, skip, LISTED);
        self.app.db.read(read).await
    }

    /// Whether a user saved a message.
    pub async fn is_saved(&self, user: &User, id: MessageId) -> Result<bool> {
        let user = user.id;
        let read = move |conn: &mut Conn| store::is_saved(conn, user, id);
        self.app.db.read(read).await
    }

    /// The messages of a room that a user saved.
    pub async fn saved_in(&self, member: &Member) -> Result<Vec<MessageId>> {
        let (room, user) = (member.room.id, member.user.id);
        let read = move |conn: &mut Conn| store::saved_in(conn, user, room);
        self.app.db.read(read).await
    }
}
