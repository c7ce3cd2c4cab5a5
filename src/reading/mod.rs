//! Read positions and notification preferences.
//!
//! Invariant: reading only moves a position forward, in whatever order two tabs report it. Only "mark as unread"
//! moves it back.

pub mod http;
mod store;

use std::sync::Arc;

use store::Positions;

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn, Tx,
        cache::Cache,
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    notifications::{self, NotifyLevel},
    rooms::{self, Member},
    web::state::Handle,
};

/// Number of rooms that one transaction marks as read.
const ROOMS_AT_ONCE: usize = 50;

/// Target of a read position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// This message and all before it were read. The position never moves back.
    UpTo(MessageId),
    /// All messages were read, in the threads too.
    All,
    /// This message and all after it count as unread again.
    From(MessageId),
}

/// A change of a user's preferences for a room; `None` leaves a preference as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preference {
    pub notify: Option<NotifyLevel>,
    pub hidden: Option<bool>,
    pub favourite: Option<bool>,
}

/// Operations on read positions. Cheap to clone.
#[derive(Clone)]
pub struct Reading {
    app: App,
    /// Positions before the last "Mark all as read" of each user, for as long as it can be undone.
    marked: Arc<Cache<UserId, Marked>>,
}

/// Positions before "Mark all as read".
#[derive(Clone)]
struct Marked {
    /// Time of the change (ms UTC).
    at: i64,
    before: Arc<Positions>,
}

/// Time in which "Mark all as read" can be undone (ms).
const UNDO: i64 = 60_000;
/// Users whose last "Mark all as read" is remembered; all are forgotten when more come.
const REMEMBERED: usize = 1000;

impl Handle for Reading {}

impl Reading {
    /// Read positions in the rooms of this server.
    pub fn new(app: App) -> Reading {
        let marked = Arc::new(Cache::new(REMEMBERED));
        Reading { app, marked }
    }

    /// Moves a member's position in a room, on all pages of the user. Does nothing for a user who is no longer a
    /// member. `Invalid` when the message is in another room.
    pub async fn mark(&self, member: &Member, mark: Mark) -> Result<()> {
        let (room, user, events) = (member.room.id, member.user.id, self.app.events.clone());
        let write = move |tx: &mut Tx| {
            if let Mark::UpTo(message) | Mark::From(message) = mark
                && !store::is_in(tx.conn, message, room)?
            {
                let what = "That message isn’t in this room.";
                return Err(Error::Invalid(what.into()));
            }
            let moved = match mark {
                Mark::UpTo(message) => {
                    let has_late = notifications::read_late(tx.conn, user, room, message)?;
                    store::read_up_to(tx.conn, room, user, message)? || has_late
                }
                Mark::All => mark_room(tx, room, user)?,
                Mark::From(message) => {
                    store::set_read(tx.conn, room, user, MessageId(message.0 - 1))?;
                    true
                }
            };
            match moved {
                true => events.emit(tx, Event::read_moved(user, room)),
                false => Ok(()),
            }
        };
        self.app.db.write(write).await
    }

    /// Marks all messages in all rooms of a user as read. For a minute, [`Reading::undo_mark_all`] undoes it.
    pub async fn mark_all(&self, user: &User) -> Result<()> {
        let id = user.id;
        let find =
            move |conn: &mut Conn| Ok((store::unread(conn, id)?, rooms::rooms_of(conn, id)?));
        let (before, rooms) = self.app.db.read(find).await?;
        self.mark_rooms(user, rooms).await?;
        let (at, before) = (time::now(), Arc::new(before));
        self.marked.remove(&id);
        let epoch = self.marked.epoch(&id);
        let marked = Marked { at, before };
        self.marked.insert_if_current(id, marked, epoch);
        Ok(())
    }

    /// Whether the last "Mark all as read" of a user can be undone.
    pub fn can_undo(&self, user: UserId) -> bool {
        self.undoable(user).is_some()
    }

    /// Gives the rooms and threads of a user the positions that they had before the last "Mark all as read". Does
    /// nothing after a minute.
    pub async fn undo_mark_all(&self, user: &User) -> Result<()> {
        let (user, events) = (user.id, self.app.events.clone());
        let Some(before) = self.undoable(user) else {
            return Ok(());
        };
        self.marked.remove(&user);
        let write = move |tx: &mut Tx| {
            store::set_positions(tx.conn, user, &before)?;
            events.emit(tx, Event::ReadMoved { user, room: None })
        };
        self.app.db.write(write).await
    }

    fn undoable(&self, user: UserId) -> Option<Arc<Positions>> {
        let marked = self.marked.get(&user)?;
        let is_recent = (0..UNDO).contains(&(time::now() - marked.at)) && !marked.before.is_empty();
        is_recent.then_some(marked.before)
    }

    /// Marks all messages in these rooms of a user as read. Rooms of which the user is not a member stay as they are.
    /// Other writes go in between, so that they never wait long.
    pub async fn mark_rooms(&self, user: &User, rooms: Vec<RoomId>) -> Result<()> {
        let user = user.id;
        for some in rooms.chunks(ROOMS_AT_ONCE) {
            let (some, events) = (some.to_vec(), self.app.events.clone());
            let write = move |tx: &mut Tx| {
                for room in some {
                    mark_room(tx, room, user)?;
                }
                events.emit(tx, Event::ReadMoved { user, room: None })
            };
            self.app.db.write(write).await?;
        }
        Ok(())
    }

    /// Changes a member's preferences for a room.
    pub async fn prefer(&self, member: &Member, preference: Preference) -> Result<()> {
        let (room, user, events) = (member.room.id, member.user.id, self.app.events.clone());
        let write = move |tx: &mut Tx| {
            store::prefer(tx.conn, room, user, &preference)?;
            events.emit(tx, Event::ReadMoved { user, room: None })
        };
        self.app.db.write(write).await
    }
}

/// Moves the positions in a room and in its threads to the newest message. Returns whether one moved.
fn mark_room(tx: &mut Tx, room: RoomId, user: UserId) -> Result<bool> {
    let newest = rooms::newest_message(tx.conn, room)?;
    let in_threads = store::read_threads(tx.conn, room, user, newest)?;
    let has_late = notifications::read_late(tx.conn, user, room, newest)?;
    Ok(store::read_up_to(tx.conn, room, user, newest)? || in_threads || has_late)
}
