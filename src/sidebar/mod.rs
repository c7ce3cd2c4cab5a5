//! The list of a person's rooms beside every page: what is unread, and how far they have read.
//!
//! Invariants: a count follows from the last-read position and the messages after it, in one query, and
//! is stored nowhere; what is kept in memory is used only while nothing was published in its rooms since.

mod ears;
mod entry;
mod following;
mod json;
mod reading;
pub mod routes;
mod store;
mod view;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use ears::{PageState, SidebarFeed, SidebarSocket};
pub use entry::{Entry, Notify, Section};
pub use json::{RoomJson, role};
pub use reading::{Mark, Preference};
pub use view::{Dot, SidebarView, kind_name};

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn,
        cache::Cache,
        ids::{RoomId, UserId},
    },
    error::Result,
    rooms::{Member, Rooms},
};

/// Lists kept at most; then it starts anew.
const KEEP: usize = 20_000;

/// The verbs on a person's list, and what is kept in memory of them. Cheap to clone.
#[derive(Clone)]
pub struct Sidebar(Arc<Inner>);

struct Inner {
    app: App,
    rooms: Rooms,
    kept: Cache<UserId, Arc<List>>,
    serial: AtomicU64,
}

/// A person's rooms and conversations, in the order in which they are shown.
pub struct List {
    /// Another one for each state of the list.
    pub serial: u64,
    /// All of them, those that are not shown included.
    pub entries: Vec<Entry>,
    /// The newest published rev of each, when it was read.
    revs: Vec<Option<i64>>,
    /// Of the rooms, when they were read.
    version: u64,
}

impl List {
    /// One's entry for a room.
    pub fn entry(&self, room: RoomId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.room == room)
    }

    /// Unread messages that name the person, in all rooms of which they want to hear.
    fn mentions(&self) -> i64 {
        let heard = self.entries.iter().filter(|entry| entry.is_heard());
        heard.map(|entry| entry.counts.mentions).sum()
    }

    /// Unread answers in the threads that they follow, in these rooms.
    fn threads(&self) -> i64 {
        let heard = self.entries.iter().filter(|entry| entry.is_heard());
        heard.map(|entry| entry.counts.threads).sum()
    }

    /// Whether the same rows stand in the same order, so that only numbers differ.
    fn is_built_like(&self, other: &List) -> bool {
        fn rows(list: &List) -> impl Iterator<Item = entry::Row<'_>> {
            let shown = list.entries.iter();
            shown
                .filter(|entry| entry.section().is_some())
                .map(Entry::row)
        }
        rows(self).eq(rows(other))
    }
}

impl Sidebar {
    /// Lists of this server's people.
    pub fn new(app: App, rooms: Rooms) -> Sidebar {
        Sidebar(Arc::new(Inner {
            app,
            rooms,
            kept: Cache::new(KEEP),
            serial: AtomicU64::new(first_serial()),
        }))
    }

    /// What stands beside a page of `user` at this address, which shows no room.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rail(&self, user: &User, address: &str) -> Result<SidebarView> {
        let list = self.list(user).await?;
        let mut rail = SidebarView::new(user, list, None, self.0.app.live.online());
        rail.back = address.to_owned();
        Ok(rail)
    }

    /// What stands beside a page of a room.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rail_of(&self, member: &Member) -> Result<SidebarView> {
        let list = self.list(&member.user).await?;
        let at = Some(member.room.id);
        Ok(SidebarView::new(
            &member.user,
            list,
            at,
            self.0.app.live.online(),
        ))
    }

    /// For a page without a socket: the HTML of the list, if it is not the one that the page shows.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn news_since(&self, member: &Member, made: &PageState) -> Result<String> {
        let rail = self.rail_of(member).await?;
        match made.list {
            Some(serial) if serial != rail.serial() => rail.whole(),
            _ => Ok(String::new()),
        }
    }

    /// A person's list, at least as new as anything that was answered to anybody.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(&self, user: &User) -> Result<Arc<List>> {
        let Inner {
            app, rooms, kept, ..
        } = &*self.0;
        let id = user.id;
        let (version, seen) = (rooms.version(id), kept.epoch(&id));
        let known = kept.get(&id).filter(|list| list.version == version);
        let Some(known) = known else {
            return self.load(id, version, seen).await;
        };
        let revs = app
            .live
            .newest(known.entries.iter().map(|entry| entry.room));
        let pairs = known.entries.iter().zip(revs.iter().zip(&known.revs));
        let stale = pairs.filter(|(_, (now, then))| now != then);
        let stale: Vec<RoomId> = stale.map(|(entry, _)| entry.room).collect();
        if stale.is_empty() {
            return Ok(known);
        }
        let again = move |conn: &mut Conn| store::entries_of(conn, id, &stale);
        let fresh = app.db.read(again).await?;
        let paired = known.entries.iter().zip(revs);
        let entries = paired.filter_map(|(old, rev)| {
            let new = fresh.iter().find(|(room, _)| *room == old.room);
            match new {
                None => Some((old.clone(), rev)),
                Some((_, counts)) => counts.clone().map(|counts| (old.with(counts), rev)),
            }
        });
        Ok(self.keep(id, entries.collect(), version, seen))
    }

    /// Reads all of it. The revs are taken before: what is published meanwhile makes it stale, not wrong.
    async fn load(&self, user: UserId, version: u64, seen: u64) -> Result<Arc<List>> {
        let (live, db) = (self.0.app.live.clone(), &self.0.app.db);
        let read = move |conn: &mut Conn| {
            let rooms = store::rooms_of(conn, user)?;
            let revs = live.newest(rooms.iter().copied());
            let revs: HashMap<RoomId, Option<i64>> = rooms.into_iter().zip(revs).collect();
            let entries = store::entries(conn, user)?;
            // A room that came between is read again at once.
            let rev_of = |entry: &Entry| revs.get(&entry.room).copied().unwrap_or(Some(-1));
            let paired = entries.into_iter().map(|entry| (rev_of(&entry), entry));
            Ok(paired.map(|(rev, entry)| (entry, rev)).collect::<Vec<_>>())
        };
        let entries = db.read(read).await?;
        Ok(self.keep(user, entries, version, seen))
    }

    fn keep(
        &self,
        user: UserId,
        mut entries: Vec<(Entry, Option<i64>)>,
        version: u64,
        seen: u64,
    ) -> Arc<List> {
        entries.sort_by_key(|(entry, _)| entry.place());
        let (entries, revs) = entries.into_iter().unzip();
        let list = Arc::new(List {
            serial: self.0.serial.fetch_add(1, Ordering::Relaxed),
            entries,
            revs,
            version,
        });
        self.0.kept.insert_if_current(user, list.clone(), seen);
        list
    }
}

/// Anywhere, in what a JavaScript number holds: a page from before a restart must not be taken for one
/// that knows the list of now.
fn first_serial() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().1 & ((1 << 52) - 1)
}
