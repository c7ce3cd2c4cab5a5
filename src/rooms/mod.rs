//! Rooms and memberships. A [`Member`] is the proof required for everything in a room.
//!
//! Invariants: rights are checked in the transaction that makes the change, by the table in `rights`. The
//! commit that changes a membership also clears its cache entries and closes the sockets of removed
//! members.

mod administration;
mod connect;
mod default_rooms;
mod directs;
mod guard;
mod html;
pub mod http;
mod icon;
mod invitations;
mod json;
mod leave_all;
mod limits;
mod list;
mod membership;
mod membership_line;
mod moderation;
mod name;
mod offered_rooms;
mod purge;
mod retention;
mod rights;
mod room;
mod store;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub use connect::connect;
pub use default_rooms::{possible_defaults, set_defaults};
pub use directs::MOST_IN_DIRECT;
pub use icon::{RoomEmoji, RoomIcon};
pub use invitations::{Added, Invitation, InvitedPerson};
pub use json::{RoomJson, unread_json};
pub use leave_all::LeaveRooms;
pub use list::{RoomEntry, RoomList, Section, Waiting};
pub use membership::{PEOPLE_LISTED, RoomMember, demand};
pub use moderation::{BannedUser, check_minutes, set_time_out};
pub use name::{RoomName, RoomTopic};
pub use offered_rooms::{is_in_all, offered};
pub use purge::PurgeRooms;
pub use retention::{Outdated, Retention, count_outdated};
pub use rights::{Action, Role};
pub use room::{NewRoom, OpenRoom, ROOMS_LISTED, RoomChange, RoomSummary};
pub use store::{
    AuthorState, MOST_COUNTED, UnreadCounts, among, author_state, conversation_name, has_retention,
    has_retentions, named, newest_message, open_named, record_post, retentions, rev, rooms_of,
    set_rev,
};

use limits::CreationLimits;

use crate::{
    accounts::User,
    app::App,
    db::{
        Tx,
        cache::Cache,
        ids::{AvatarId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    web::state::Handle,
};

/// Room as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Room {
    pub id: RoomId,
    /// Name; for a direct conversation, the names of the other members.
    pub name: Arc<str>,
    pub topic: Arc<str>,
    /// Kind, which decides how users become members.
    pub kind: Kind,
    /// Whether new accounts become members.
    pub is_default: bool,
    /// Whether it is read-only.
    pub archived: bool,
    pub avatar: Option<AvatarId>,
    /// Emoji that is shown without a picture; empty without one.
    pub emoji: Arc<str>,
    /// Whether only owners, moderators and admins post.
    pub announcements: bool,
    /// Seconds between two posts of an ordinary member; 0 for no limit.
    pub slow_mode: i32,
    /// Time until which the member who sees the room may not post (ms UTC).
    pub timed_out_until: i64,
    /// Days after which its messages are erased; 0 for the setting of the server.
    pub retention_days: u32,
}

impl Room {
    /// Whether the directory lists it, which also makes its name unique.
    fn is_listed(&self) -> bool {
        self.kind == Kind::Open && !self.archived
    }
}

/// Kind of a room, with its column value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Any user may join.
    Open = 0,
    /// Members add users.
    Closed = 1,
    /// A direct conversation: its members are fixed.
    Direct = 2,
}

impl Kind {
    /// Name in forms and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Open => "open",
            Kind::Closed => "closed",
            Kind::Direct => "direct",
        }
    }
}

/// User in a room of which they are a member. Only [`Rooms::admit`] makes one.
#[derive(Clone, Debug)]
pub struct Member {
    pub user: User,
    pub room: Room,
    pub role: Role,
}

impl Member {
    /// Reason why the member may not take `action` now; `None` if they may.
    pub fn refusal(&self, action: Action) -> Option<String> {
        let checked = rights::demand(self.role, action, &self.room);
        checked.err().map(|error| error.to_string())
    }

    /// Whether the role permits `action`. The transaction of the action checks it again.
    pub fn may(&self, action: Action) -> bool {
        let is_guest_inviting = action == Action::Invite && self.user.is_guest();
        !is_guest_inviting && rights::demand(self.role, action, &self.room).is_ok()
    }
}

/// Memberships and first rooms in the cache, which is cleared when full.
const MEMBERSHIPS: usize = 50_000;
/// Room lists in the cache, which is cleared when full.
const LISTS: usize = 20_000;

/// Operations on rooms, and their caches. Cheap to clone.
#[derive(Clone)]
pub struct Rooms(Arc<RoomsInner>);

impl Handle for Rooms {}

struct RoomsInner {
    app: App,
    members: Cache<(RoomId, UserId), (Room, Role)>,
    homes: Cache<UserId, RoomId>,
    lists: Cache<UserId, Arc<RoomList>>,
    /// Numbers of members.
    sizes: Cache<RoomId, i64>,
    /// Serial of the next list.
    serial: AtomicU64,
    limits: CreationLimits,
    version: AtomicU64,
    /// Change counts of single users, indexed by user id modulo [`PARTS`].
    versions: [AtomicU64; PARTS],
}

const PARTS: usize = 256;

impl Rooms {
    /// Creates the rooms of this server.
    pub fn new(app: App) -> Rooms {
        let rooms = Rooms(Arc::new(RoomsInner {
            limits: CreationLimits::new(app.config.limits),
            app,
            members: Cache::new(MEMBERSHIPS),
            homes: Cache::new(MEMBERSHIPS),
            lists: Cache::new(LISTS),
            sizes: Cache::new(LISTS),
            serial: AtomicU64::new(list::first_serial()),
            version: AtomicU64::new(0),
            versions: [const { AtomicU64::new(0) }; PARTS],
        }));
        let inner = Arc::downgrade(&rooms.0);
        let events = &rooms.0.app.events;
        events.in_transaction(join_default_rooms);
        events.in_transaction(leave_all::on_event);
        events.after_commit(move |event| {
            if let Some(inner) = inner.upgrade() {
                Rooms(inner).on_event(event);
            }
        });
        rooms
    }

    /// Returns `user` as a member of `room`.
    ///
    /// # Errors
    /// `NotFound` for a user who is not a member, as for an unknown room.
    pub async fn admit(&self, user: User, room: RoomId) -> Result<Member> {
        let (RoomsInner { app, members, .. }, id) = (&*self.0, user.id);
        if let Some((room, role)) = members.get(&(room, id)) {
            return Ok(Member { user, room, role });
        }
        let epoch = members.epoch(&(room, id));
        let find = app.db.read(move |conn| store::membership(conn, room, id));
        let (room, role) = find.await?.ok_or(Error::NotFound)?;
        members.insert_if_current((room.id, id), (room.clone(), role), epoch);
        Ok(Member { user, room, role })
    }

    /// Default room of a user for a URL without a room: their oldest one. `NotFound` for a user without a room.
    pub async fn home(&self, user: &User) -> Result<RoomId> {
        let (RoomsInner { app, homes, .. }, id) = (&*self.0, user.id);
        if let Some(home) = homes.get(&id) {
            return Ok(home);
        }
        let epoch = homes.epoch(&id);
        let find = app.db.read(move |conn| store::first_room(conn, id));
        let home = find.await?.ok_or(Error::NotFound)?;
        homes.insert_if_current(id, home, epoch);
        Ok(home)
    }

    /// Number of members of a member's room.
    pub async fn size(&self, member: &Member) -> Result<i64> {
        let (RoomsInner { app, sizes, .. }, room) = (&*self.0, member.room.id);
        if let Some(size) = sizes.get(&room) {
            return Ok(size);
        }
        let epoch = sizes.epoch(&room);
        let size = app.db.read(move |conn| store::count(conn, room)).await?;
        sizes.insert_if_current(room, size, epoch);
        Ok(size)
    }

    /// Clears cache entries that an event makes outdated.
    fn on_event(&self, event: &Event) {
        match event {
            Event::UserRegistered(_) => self.0.sizes.remove_where(|_, _| true),
            Event::RoomChanged(room) | Event::RoomDeleted(room) => {
                self.0.members.remove_where(|(of, _), _| of == room);
                self.0.homes.remove_where(|_, _| true);
                self.0.version.fetch_add(1, Ordering::Release);
            }
            Event::MemberJoined { room, user, .. } => {
                self.0.sizes.remove(room);
                self.forget_member(*room, *user);
            }
            Event::MemberLeft { room, user, .. } => {
                self.0.sizes.remove(room);
                // Another member may have become the owner.
                self.0.members.remove_where(|(of, _), _| of == room);
                self.forget_member(*room, *user);
            }
            Event::InvitationsChanged(user)
            | Event::NoticesChanged(user)
            | Event::BlocksChanged(user) => {
                self.version_of(*user).fetch_add(1, Ordering::Release);
            }
            Event::UserChanged { .. } => {
                // Conversations are named after their members.
                let is_direct = |room: &Room| room.kind == Kind::Direct;
                self.0.members.remove_where(|_, (room, _)| is_direct(room));
                self.0.version.fetch_add(1, Ordering::Release);
            }
            Event::MemberRestricted { room, user } => self.0.members.remove(&(*room, *user)),
            Event::RoleChanged(user) => {
                self.0.members.remove_where(|(_, of), _| of == user);
                self.version_of(*user).fetch_add(1, Ordering::Release);
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

    /// Counts changes of rooms, of names, and of the user's rooms. A cache must read it before the database.
    pub fn version(&self, user: UserId) -> u64 {
        let of_all = self.0.version.load(Ordering::Acquire);
        of_all + self.version_of(user).load(Ordering::Acquire)
    }

    fn version_of(&self, user: UserId) -> &AtomicU64 {
        &self.0.versions[user.0.unsigned_abs() as usize % PARTS]
    }
}

/// Makes a new account a member of the default rooms, in the transaction that creates it. Guests are only in rooms to
/// which they are invited.
fn join_default_rooms(tx: &mut Tx, event: &Event) -> Result<()> {
    match event {
        Event::UserRegistered(user) if store::is_guest(tx.conn, *user)? => Ok(()),
        Event::UserRegistered(user) => store::join_defaults(tx.conn, *user, time::now()),
        _ => Ok(()),
    }
}
