//! Threads: the replies to a message, their followers and read positions.

mod html;
pub mod http;
mod json;
mod store;

pub use html::ThreadPanel;
pub use json::ThreadJson;

use crate::{
    accounts::User,
    app::App,
    db::{Conn, Tx, ids::MessageId},
    error::{Error, Result},
    events::Event,
    messages::{self, LISTED, Message, MessagePage, Window},
    notifications::{self, Following},
    rooms::{self, Action, Member},
    web::{paged::Paged, state::Handle},
};

/// Replies on one page of a thread.
const SHOWN: i64 = 100;

/// A message with its replies.
pub struct Thread {
    pub root: Message,
    /// The newest replies, or the replies before a given one.
    pub replies: MessagePage,
    /// Whether the reader follows the thread.
    pub following: bool,
    /// The newest reply that the reader has read.
    pub read: i64,
}

/// A thread that a user follows.
pub struct FollowedThread {
    pub root: Message,
    /// The newest reply.
    pub last: Option<Message>,
    /// Unread replies of other users, at most 100.
    pub unread: i64,
}

/// Operations on threads. Cheap to clone.
#[derive(Clone)]
pub struct Threads {
    app: App,
}

impl Handle for Threads {}

impl Threads {
    /// Threads of this server.
    pub fn new(app: App) -> Threads {
        Threads { app }
    }

    /// The thread of a message: its newest replies, or those before `before`. `NotFound` for an unknown message.
    pub async fn read(
        &self,
        member: &Member,
        root: MessageId,
        before: Option<MessageId>,
    ) -> Result<Thread> {
        let (room, user) = (member.room.id, member.user.id);
        let read = move |conn: &mut Conn| {
            let root = messages::root_of(conn, room, root)?.ok_or(Error::NotFound)?;
            let root = messages::one(conn, room, root)?.ok_or(Error::NotFound)?;
            let window = Window::Thread(root.id, before, SHOWN);
            let replies = messages::page(conn, room, window)?;
            let decision = notifications::following(conn, user, room, root.id)?;
            Ok(Thread {
                root,
                replies,
                following: decision.is_some_and(|decision| decision.follows),
                read: decision.map_or(0, |decision| decision.read.0),
            })
        };
        self.app.db.read(read).await
    }

    /// The threads that a user follows in their rooms, the most recently active first.
    pub async fn followed(
        &self,
        user: &User,
        only_unread: bool,
        skip: i64,
    ) -> Result<Paged<FollowedThread>> {
        let user = user.id;
        let read = move |conn: &mut Conn| store::followed(conn, user, only_unread, skip, LISTED);
        self.app.db.read(read).await
    }

    /// Marks the replies of all threads of a user as read.
    pub async fn mark_all(&self, user: &User) -> Result<()> {
        let (user, events) = (user.id, self.app.events.clone());
        let write = move |tx: &mut Tx| {
            store::read_all_threads(tx.conn, user)?;
            notifications::read_late_in_threads(tx.conn, user)?;
            events.emit(tx, Event::ReadMoved { user, room: None })
        };
        self.app.db.write(write).await
    }

    /// Marks the replies of a thread up to `up_to` as read. The position never moves back.
    ///
    /// # Errors
    /// `NotFound` when the room has no such message, `Invalid` when the reply is in another thread.
    pub async fn mark(&self, member: &Member, root: MessageId, up_to: MessageId) -> Result<()> {
        let (room, user, events) = (member.room.id, member.user.id, self.app.events.clone());
        let write = move |tx: &mut Tx| {
            rooms::demand(tx.conn, room, user, Action::Read)?;
            let root = messages::root_of(tx.conn, room, root)?.ok_or(Error::NotFound)?;
            if messages::root_of(tx.conn, room, up_to)? != Some(root) {
                let what = "That reply isn’t in this thread.";
                return Err(Error::Invalid(what.into()));
            }
            let has_late = notifications::read_late_in_thread(tx.conn, user, room, root)?;
            match store::read_thread(tx.conn, (room, user), root, up_to)? || has_late {
                true => events.emit(tx, Event::read_moved(user, room)),
                false => Ok(()),
            }
        };
        self.app.db.write(write).await
    }

    /// Follows a thread, so that new replies count as unread, or stops following it, also when the user replies in it
    /// again. A reply counts as its thread's root. `NotFound` when the room has no such message.
    pub async fn set_following(
        &self,
        member: &Member,
        root: MessageId,
        follows: bool,
    ) -> Result<()> {
        let (room, user, events) = (member.room.id, member.user.id, self.app.events.clone());
        let write = move |tx: &mut Tx| {
            rooms::demand(tx.conn, room, user, Action::Read)?;
            let root = messages::root_of(tx.conn, room, root)?.ok_or(Error::NotFound)?;
            let before = notifications::following(tx.conn, user, room, root)?;
            if before.is_some_and(|decision| decision.follows == follows) {
                return Ok(());
            }
            let read = store::newest_reply(tx.conn, root)?;
            let decision = Following { follows, read };
            notifications::set_following(tx.conn, user, room, root, decision)?;
            events.emit(tx, Event::read_moved(user, room))
        };
        self.app.db.write(write).await
    }
}
