//! Threads: answers to a message that stand beside the room.

use super::{LISTED, Message, Messages, Page, Window, store};
use crate::{
    accounts::User,
    db::{Conn, ids::MessageId},
    error::{Error, Result},
    rooms::Member,
};

/// Answers that are shown at once.
const SHOWN: i64 = 100;

/// A message with what was answered to it.
pub struct Thread {
    /// What it is about.
    pub root: Message,
    /// The newest answers, or those before another one.
    pub answers: Page,
    /// Whether the reader is told of new ones.
    pub following: bool,
    /// The newest answer that they have read.
    pub read: i64,
}

/// A thread that somebody follows.
pub struct Followed {
    /// What it is about.
    pub root: Message,
    /// The newest answer.
    pub last: Option<Message>,
    /// Answers of others that they have not read, at most 100.
    pub unread: i64,
}

impl Messages {
    /// The thread of a message: its newest answers, or those before one.
    ///
    /// # Errors
    /// `NotFound` when the message is in no such room.
    pub async fn thread(
        &self,
        member: &Member,
        root: MessageId,
        before: Option<MessageId>,
    ) -> Result<Thread> {
        let (room, user) = (member.room.id, member.user.id);
        let read = move |conn: &mut Conn| {
            let root = store::root_of(conn, room, root)?.ok_or(Error::NotFound)?;
            let root = store::one(conn, room, root)?.ok_or(Error::NotFound)?;
            let window = Window::Thread(root.id, before, SHOWN);
            let answers = store::page(conn, room, window)?;
            let followed = store::following(conn, user, room, root.id)?;
            let (following, read) = followed.unwrap_or((false, 0));
            Ok(Thread {
                root,
                answers,
                following,
                read,
            })
        };
        self.app.db.read(read).await
    }

    /// The threads that a person follows in the rooms they are in, the liveliest first, and whether there
    /// are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn followed(&self, user: &User, skip: i64) -> Result<(Vec<Followed>, bool)> {
        let user = user.id;
        let read = move |conn: &mut Conn| store::followed(conn, user, skip, LISTED);
        self.app.db.read(read).await
    }

    /// The messages that name a person, in the rooms they are in, the newest first; each with whether it
    /// is unread. And whether there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mentioning(&self, user: &User, skip: i64) -> Result<(Vec<(Message, bool)>, bool)> {
        let user = user.id;
        let read = move |conn: &mut Conn| store::mentioning(conn, user, skip, LISTED);
        self.app.db.read(read).await
    }
}
