//! How far a person has read, and what they want to see of a room.

use super::{Notify, Sidebar, store};
use crate::{
    accounts::User,
    db::{
        Tx,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    rooms::Member,
};

/// Where a last-read position goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// This message was seen, and all before it. The position never goes back by this.
    UpTo(MessageId),
    /// Everything was seen, in the threads too.
    All,
    /// This message is unread again, and all after it.
    From(MessageId),
}

/// What a person wants of a room in their list; what is none stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preference {
    pub notify: Option<Notify>,
    pub hidden: Option<bool>,
    pub favourite: Option<bool>,
}

impl Sidebar {
    /// Moves one's position in a room; all one's pages see it.
    ///
    /// # Errors
    /// `Invalid` when the message is in another room. For who is no member any more nothing moves.
    pub async fn mark(&self, member: &Member, mark: Mark) -> Result<()> {
        let (room, user, its) = (member.room.id, member.user.id, self.clone());
        let write = move |tx: &mut Tx| {
            let named = match mark {
                Mark::UpTo(message) | Mark::From(message) => Some(message),
                Mark::All => None,
            };
            if let Some(message) = named
                && !store::is_in(tx.conn, message, room)?
            {
                let what = "There is no such message in this room.";
                return Err(Error::Invalid(what.into()));
            }
            let moved = match mark {
                Mark::UpTo(message) => store::read_up_to(tx.conn, room, user, message)?,
                Mark::All => {
                    let newest = store::newest(tx.conn, room)?;
                    let in_threads = store::read_threads(tx.conn, room, user, newest)?;
                    store::read_up_to(tx.conn, room, user, newest)? || in_threads
                }
                Mark::From(message) => {
                    store::set_read(tx.conn, room, user, MessageId(message.0 - 1))?;
                    true
                }
            };
            if moved {
                tx.after_commit(move || its.moved(user, Some(room)));
            }
            Ok(())
        };
        self.0.app.db.write(write).await
    }

    /// Everything in all rooms was seen.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mark_all(&self, user: &User) -> Result<()> {
        let (user, its) = (user.id, self.clone());
        let write = move |tx: &mut Tx| {
            for room in store::rooms_of(tx.conn, user)? {
                let newest = store::newest(tx.conn, room)?;
                store::read_up_to(tx.conn, room, user, newest)?;
                store::read_threads(tx.conn, room, user, newest)?;
            }
            tx.after_commit(move || its.moved(user, None));
            Ok(())
        };
        self.0.app.db.write(write).await
    }

    /// Changes what a person wants to see of a room.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn prefer(&self, member: &Member, wish: Preference) -> Result<()> {
        let (room, user, its) = (member.room.id, member.user.id, self.clone());
        let write = move |tx: &mut Tx| {
            store::prefer(tx.conn, room, user, &wish)?;
            tx.after_commit(move || its.moved(user, None));
            Ok(())
        };
        self.0.app.db.write(write).await
    }

    /// What is kept of a person's list is old, and their pages have to look again.
    pub(super) fn moved(&self, user: UserId, room: Option<RoomId>) {
        self.0.kept.remove(&user);
        self.0
            .app
            .live
            .notifier()
            .notify_user(user, |changed| match room {
                Some(room) => drop(changed.rooms.insert(room)),
                None => changed.room_list = true,
            });
    }
}
