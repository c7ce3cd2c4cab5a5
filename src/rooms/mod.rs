//! Rooms and who belongs to them. A [`Member`] is the proof that everything in a room asks for.
//!
//! Invariants: rights are checked in the transaction that makes the change, by the table in `rights`;
//! what is remembered of a membership is forgotten, and the sockets of those who are out are ended, with
//! the commit that changed it.

mod administration;
mod connect;
mod directs;
mod guard;
mod html;
pub mod http;
mod json;
mod list;
mod membership;
mod name;
mod purge;
mod rights;
mod store;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub use administration::{NewRoom, ROOMS_LISTED, RoomChange, RoomSummary};
pub use connect::{connect, connect_nowhere};
pub use directs::MOST_IN_DIRECT;
pub use html::RoomCard;
pub use json::{RoomJson, UnreadJson};
pub use list::{MOST_COUNTED, RoomEntry, RoomList, Section, UnreadCounts};
pub use membership::{PEOPLE_LISTED, RoomMember, demand};
pub use name::{RoomName, RoomTopic};
pub use purge::PurgeRooms;
pub use rights::{Action, Role};

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn,
        cache::Cache,
        ids::{RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    web::state::Handle,
};

/// A room as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Room {
    /// Its number, as in `/rooms/5`.
    pub id: RoomId,
    /// What people call it; of a direct conversation, the names of the others.
    pub name: Arc<str>,
    /// What it is for; may be empty.
    pub topic: Arc<str>,
    /// Who may come in.
    pub kind: Kind,
    /// New accounts begin in it.
    pub is_default: bool,
    /// Read-only.
    pub archived: bool,
}

impl Room {
    /// Whether it stands in the directory, and its name is its own.
    fn is_listed(&self) -> bool {
        self.kind == Kind::Open && !self.archived
    }
}

/// Who may come into a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Everyone with an account.
    Open,
    /// Those who are invited.
    Closed,
    /// Nobody else: a direct conversation.
    Direct,
}

impl Kind {
    /// Its name in forms and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Open => "open",
            Kind::Closed => "closed",
            Kind::Direct => "direct",
        }
    }
}

/// A person in a room they belong to. Only [`Rooms::admit`] makes one.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person.
    pub user: User,
    /// The room.
    pub room: Room,
    /// What they are in it.
    pub role: Role,
}

impl Member {
    /// Whether they may do this here, as far as is known now.
    pub fn may(&self, action: Action) -> bool {
        rights::may(self.role, action, &self.room)
    }
}

/// Memberships and first rooms that are remembered; then it starts anew.
const KEEP: usize = 50_000;
/// Room lists in the cache; past that it starts empty.
const LISTS: usize = 20_000;

/// The verbs on rooms, and what is kept in memory of them. Cheap to clone.
#[derive(Clone)]
pub struct Rooms(Arc<Inner>);

impl Handle for Rooms {}

struct Inner {
    app: App,
    members: Cache<(RoomId, UserId), (Room, Role)>,
    homes: Cache<UserId, RoomId>,
    lists: Cache<UserId, Arc<RoomList>>,
    /// The serial of the next list.
    serial: AtomicU64,
    version: AtomicU64,
    /// The same for one person in so many.
    versions: [AtomicU64; PARTS],
}

const PARTS: usize = 256;

impl Rooms {
    /// Rooms of this server.
    pub fn new(app: App) -> Rooms {
        let rooms = Rooms(Arc::new(Inner {
            app,
            members: Cache::new(KEEP),
            homes: Cache::new(KEEP),
            lists: Cache::new(LISTS),
            serial: AtomicU64::new(list::first_serial()),
            version: AtomicU64::new(0),
            versions: [const { AtomicU64::new(0) }; PARTS],
        }));
        let inner = Arc::downgrade(&rooms.0);
        let events = &rooms.0.app.events;
        events.in_transaction(join_default_rooms);
        events.after_commit(move |event| {
            if let Some(inner) = inner.upgrade() {
                Rooms(inner).on_event(event);
            }
        });
        rooms
    }

    /// Lets `user` into `room`.
    ///
    /// # Errors
    /// `NotFound` when there is no such room, or they are no member: an outsider cannot tell which.
    pub async fn admit(&self, user: User, room: RoomId) -> Result<Member> {
        let (Inner { app, members, .. }, id) = (&*self.0, user.id);
        if let Some((room, role)) = members.get(&(room, id)) {
            return Ok(Member { user, room, role });
        }
        let seen = members.epoch(&(room, id));
        let find = app.db.read(move |conn| store::membership(conn, room, id));
        let (found, role) = find.await?.ok_or(Error::NotFound)?;
        members.insert_if_current((room, id), (found.clone(), role), seen);
        Ok(Member {
            user,
            room: found,
            role,
        })
    }

    /// The room that a person comes to when they name none: their oldest one.
    ///
    /// # Errors
    /// `NotFound` for somebody who is in no room.
    pub async fn home(&self, user: &User) -> Result<RoomId> {
        let (Inner { app, homes, .. }, id) = (&*self.0, user.id);
        if let Some(home) = homes.get(&id) {
            return Ok(home);
        }
        let seen = homes.epoch(&id);
        let find = app.db.read(move |conn| store::first_room(conn, id));
        let home = find.await?.ok_or(Error::NotFound)?;
        homes.insert_if_current(id, home, seen);
        Ok(home)
    }

    /// Clears what an event makes outdated.
    fn on_event(&self, event: &Event) {
        match event {
            Event::RoomChanged(room) | Event::RoomDeleted(room) => {
                self.0.members.remove_where(|(of, _), _| of == room);
                self.0.homes.remove_where(|_, _| true);
                self.0.version.fetch_add(1, Ordering::Release);
            }
            Event::MemberJoined { room, user } => self.forget_member(*room, *user),
            Event::MemberLeft { room, user } => {
                // Another member may be the owner now.
                self.0.members.remove_where(|(of, _), _| of == room);
                self.forget_member(*room, *user);
            }
            Event::UserChanged(_) => {
                // Conversations are named after their people.
                let is_direct = |room: &Room| room.kind == Kind::Direct;
                self.0.members.remove_where(|_, (room, _)| is_direct(room));
                self.0.version.fetch_add(1, Ordering::Release);
            }
            Event::ReadMoved { user, .. } => self.0.lists.remove(user),
            _ => {}
        }
    }

    fn forget_member(&self, room: RoomId, user: UserId) {
        self.0.members.remove(&(room, user));
        self.0.homes.remove(&user); // an older room becomes the first one
        self.version_of(user).fetch_add(1, Ordering::Release);
    }

    /// Counts the changes of rooms, of names, and of the rooms of a person: to be read before the database
    /// by who remembers any of that.
    pub fn version(&self, user: UserId) -> u64 {
        let of_all = self.0.version.load(Ordering::Acquire);
        of_all + self.version_of(user).load(Ordering::Acquire)
    }

    fn version_of(&self, user: UserId) -> &AtomicU64 {
        &self.0.versions[user.0.unsigned_abs() as usize % PARTS]
    }
}

/// The event of a user who is in a room from now on.
fn joined(room: RoomId, user: UserId) -> Event {
    Event::MemberJoined { room, user }
}

/// Makes a new account a member of the default rooms, in the transaction that creates it.
fn join_default_rooms(conn: &mut Conn, event: &Event) -> Result<()> {
    match event {
        Event::UserRegistered(user) => store::join_defaults(conn, *user, time::now()),
        _ => Ok(()),
    }
}

/// How many changes there were in a room.
///
/// # Errors
/// Those of the database.
pub fn rev(conn: &mut Conn, room: RoomId) -> Result<i64> {
    store::rev(conn, room)
}

/// The rev of a room for somebody who is about to write in it, in the transaction in which they do.
///
/// # Errors
/// `NotFound` when they are in no such room any more, `Forbidden` when it is archived.
pub fn rev_for_post(conn: &mut Conn, room: RoomId, user: UserId) -> Result<i64> {
    store::rev_for_post(conn, room, user)
}

/// Counts a change of a room, in the transaction that makes it.
///
/// # Errors
/// Those of the database.
pub fn set_rev(conn: &mut Conn, room: RoomId, rev: i64) -> Result<()> {
    store::set_rev(conn, room, rev)
}

/// What a conversation between people of these names (username, display name) is called.
pub fn conversation_name(names: Vec<(String, String)>) -> String {
    store::conversation_name(names)
}

/// Who of these names, in any case, is in a room: their keys, numbers and usernames.
///
/// # Errors
/// Those of the database.
pub fn named(
    conn: &mut Conn,
    room: RoomId,
    keys: &[String],
) -> Result<Vec<(String, UserId, String)>> {
    store::named(conn, room, keys)
}

/// Who of these people is in a room.
///
/// # Errors
/// Those of the database.
pub fn among(conn: &mut Conn, room: RoomId, people: &[UserId]) -> Result<Vec<UserId>> {
    store::among(conn, room, people)
}
