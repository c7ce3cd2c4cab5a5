//! Events: changes that other parts of this process react to. A feature emits an event in its transaction. It is
//! dispatched once, after the commit and in commit order.
//!
//! Invariant: caches are cleared before connections end or receive the change, so that later requests see the new
//! state. Events stay inside one process.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::{
    db::{
        Tx,
        ids::{AvatarId, MessageId, RoomId, SessionId, UserId},
    },
    error::Result,
    live::{Live, Publication},
};

/// Change that other parts react to.
pub enum Event {
    /// A new account.
    UserRegistered(UserId),
    /// A user changed their profile. The names and the picture are those after the change.
    UserChanged {
        user: UserId,
        username: Arc<str>,
        display_name: Arc<str>,
        avatar: Option<AvatarId>,
    },
    /// A user changed their username. [`Event::UserChanged`] follows.
    UserRenamed(UserId),
    /// The account of a user was deleted. Their names change afterwards.
    UserRemoved {
        user: UserId,
        /// Whether their messages are erased.
        erase: bool,
    },
    /// A user changed how pages look.
    AppearanceChanged(UserId),
    /// The role of a user on the server changed.
    RoleChanged(UserId),
    /// A session ended.
    SessionEnded { user: UserId, session: SessionId },
    /// A user became a member, or reopened a conversation.
    MemberJoined {
        room: RoomId,
        user: UserId,
        /// Line about it for the members who look at the room.
        line: Option<Publication>,
    },
    /// A user is no longer a member.
    MemberLeft {
        room: RoomId,
        user: UserId,
        /// Line about it for the members who look at the room.
        line: Publication,
    },
    /// A member may not post for a while, or may post again.
    MemberRestricted { room: RoomId, user: UserId },
    /// A user was invited to a room, or an invitation ended.
    InvitationsChanged(UserId),
    /// A user got or dismissed a notice, or the number of open reports changed for a moderator.
    NoticesChanged(UserId),
    /// A user blocked or unblocked someone.
    BlocksChanged(UserId),
    /// A room's name, settings or roles changed.
    RoomChanged(RoomId),
    /// A room no longer exists.
    RoomDeleted(RoomId),
    /// A new message.
    MessagePosted {
        room: RoomId,
        id: MessageId,
        author: UserId,
        publication: Publication,
        /// Users whose counts of mentions or of replies in threads change.
        concerned: Vec<UserId>,
    },
    /// A message was edited, deleted, reacted to, pinned or replied to.
    MessageChanged {
        room: RoomId,
        id: MessageId,
        publication: Publication,
        /// Whether its text was replaced or deleted, so that caches must not hold the former one.
        text_changed: bool,
        /// Users whose counts of mentions or of replies in threads change.
        concerned: Vec<UserId>,
    },
    /// An admin added or removed an emoji.
    EmojiChanged {
        /// Name of the removed one in the URL of its picture.
        removed: Option<String>,
    },
    /// A user read a room, or all rooms (`None`), or changed how a room is listed.
    ReadMoved { user: UserId, room: Option<RoomId> },
}

impl Event {
    /// A user opened a room or a conversation, which is told to no one else.
    pub fn joined(room: RoomId, user: UserId) -> Event {
        let line = None;
        Event::MemberJoined { room, user, line }
    }

    /// The message whose former text is replaced or deleted, and its room.
    pub fn erased_text(&self) -> Option<(RoomId, MessageId)> {
        match self {
            Event::MessageChanged {
                room,
                id,
                text_changed: true,
                ..
            } => Some((*room, *id)),
            _ => None,
        }
    }

    /// The same change of a message, whose former text is replaced or deleted.
    pub fn with_erased_text(mut self) -> Event {
        if let Event::MessageChanged { text_changed, .. } = &mut self {
            *text_changed = true;
        }
        self
    }

    /// A user read a room.
    pub fn read_moved(user: UserId, room: RoomId) -> Event {
        let room = Some(room);
        Event::ReadMoved { user, room }
    }
}

type InTransaction = fn(&mut Tx, &Event) -> Result<()>;
type AfterCommit = Box<dyn Fn(&Event) + Send + Sync>;

/// Dispatcher of events.
pub struct Events {
    in_transaction: RwLock<Vec<InTransaction>>,
    after_commit: RwLock<Vec<AfterCommit>>,
    live: Arc<Live>,
}

impl Events {
    /// Dispatcher that delivers to `live` and has no reactions yet.
    pub fn new(live: Arc<Live>) -> Arc<Events> {
        Arc::new(Events {
            in_transaction: RwLock::default(),
            after_commit: RwLock::default(),
            live,
        })
    }

    /// Adds a reaction in the transaction of an event, which may add jobs. Its failure rolls the transaction back.
    pub fn in_transaction(&self, react: InTransaction) {
        self.in_transaction.write().push(react);
    }

    /// Adds a reaction after the commit, on the writer thread. It must not block. It should hold weak references,
    /// because the dispatcher lives as long as the server.
    pub fn after_commit(&self, react: impl Fn(&Event) + Send + Sync + 'static) {
        self.after_commit.write().push(Box::new(react));
    }

    /// Emits an event for a change in `tx`. The event is dropped if the transaction fails.
    pub fn emit(self: &Arc<Events>, tx: &mut Tx, event: Event) -> Result<()> {
        for react in self.in_transaction.read().iter() {
            react(tx, &event)?;
        }
        let events = self.clone();
        tx.after_commit(move || events.dispatch(event));
        Ok(())
    }

    /// Runs the reactions, which clear caches, and then delivers the event.
    fn dispatch(&self, event: Event) {
        for react in self.after_commit.read().iter() {
            react(&event);
        }
        deliver(&self.live, event);
    }
}

/// Delivers an event to the connections that it concerns.
fn deliver(live: &Live, event: Event) {
    let (registry, notifier) = (live.registry(), live.notifier());
    if let Some((room, message)) = event.erased_text() {
        live.erase(room, message);
    }
    match event {
        Event::UserRegistered(_)
        | Event::UserRenamed(_)
        | Event::UserRemoved { .. }
        | Event::AppearanceChanged(_)
        | Event::RoleChanged(_)
        | Event::MemberRestricted { .. }
        | Event::BlocksChanged(_)
        | Event::EmojiChanged { .. } => {}
        Event::UserChanged { user, .. } => notifier.notify_watchers(user),
        Event::SessionEnded { user, session } => registry.end_session(user, session),
        Event::MemberJoined { room, user, line } => {
            notifier.add_rooms(user, [room]);
            notifier.notify_user(user, |changed| changed.room_list = true);
            if let Some(line) = line {
                live.publish(room, line);
            }
        }
        Event::MemberLeft { room, user, line } => {
            registry.end_members(room, |one| one == user);
            notifier.remove_room(user, room);
            notifier.notify_user(user, |changed| changed.room_list = true);
            live.publish(room, line);
        }
        Event::InvitationsChanged(user) | Event::NoticesChanged(user) => {
            notifier.notify_user(user, |changed| changed.room_list = true);
        }
        Event::RoomChanged(room) => {
            notifier.notify_room(room, |changed| changed.room_list = true);
        }
        Event::RoomDeleted(room) => {
            registry.end_members(room, |_| true);
            notifier.notify_room(room, |changed| changed.room_list = true);
            live.remove_channel(room);
        }
        Event::MessagePosted {
            room,
            publication,
            concerned,
            ..
        }
        | Event::MessageChanged {
            room,
            publication,
            concerned,
            ..
        } => {
            live.publish(room, publication);
            notifier.members_changed(room, concerned);
        }
        Event::ReadMoved { user, room } => {
            notifier.notify_user(user, |changed| match room {
                Some(room) => drop(changed.rooms.insert(room)),
                None => changed.room_list = true,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tempfile::tempdir;

    use super::*;
    use crate::{db::Db, error::Error};

    fn fresh() -> (tempfile::TempDir, Db, Arc<Events>) {
        let home = tempdir().expect("a temporary folder");
        let db = Db::open(home.path(), || {}).expect("an empty folder");
        (home, db, Events::new(Live::start()))
    }

    #[tokio::test]
    async fn an_event_is_dispatched_once_after_the_commit_and_never_for_a_failed_write() {
        let (_home, db, events) = fresh();
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = seen.clone();
        events.after_commit(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let emitter = events.clone();
        let fails = db.write(move |tx| -> Result<()> {
            emitter.emit(tx, Event::RoomChanged(RoomId(1)))?;
            Err(Error::NotFound)
        });
        assert_eq!(fails.await, Err(Error::NotFound));
        assert_eq!(seen.load(Ordering::SeqCst), 0);
        let emitter = events.clone();
        let works = db.write(move |tx| emitter.emit(tx, Event::RoomChanged(RoomId(1))));
        assert_eq!(works.await, Ok(()));
        assert_eq!(seen.load(Ordering::SeqCst), 1, "before the write returned");
    }

    #[tokio::test]
    async fn a_reaction_in_the_transaction_that_fails_undoes_the_change() {
        let (_home, db, events) = fresh();
        events.in_transaction(|_, event| match event {
            Event::UserRegistered(_) => Err(Error::NotFound),
            _ => Ok(()),
        });
        let write = db.write(move |tx| events.emit(tx, Event::UserRegistered(UserId(1))));
        assert_eq!(write.await, Err(Error::NotFound));
    }
}
