//! A user's list of rooms and conversations: names, preferences, and what is unread in each.
//!
//! Invariants: a count is computed from the last-read position and the messages after it, in one query,
//! and is stored nowhere. A cached list is valid only until the next publication in one of its rooms.

mod entry;
mod rows;
mod search;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

pub use entry::{RoomEntry, Section};

use super::{Rooms, store};
use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::Result,
};

/// Counts that a sidebar shows beside the rooms, and the state of the blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Number of pending invitations.
    pub invitations: i64,
    /// Number of notices that were not dismissed.
    pub notices: i64,
    /// Number of open reports that the user can handle; `None` unless they are a moderator.
    pub reports: Option<i64>,
    /// Number of people whom the user has blocked, and the newest block. Identifies the set of them.
    pub blocks: (i64, i64),
}

/// User's rooms and conversations in display order.
pub struct RoomList {
    /// Identifies this state of the list.
    pub serial: u64,
    /// All rooms, including hidden and archived ones.
    pub entries: Vec<RoomEntry>,
    pub waiting: Waiting,
    /// The newest published rev of each room when the list was read.
    revs: Vec<Option<i64>>,
    /// [`Rooms::version`] when the list was read.
    version: u64,
}

impl RoomList {
    /// The entry for a room.
    pub fn entry(&self, room: RoomId) -> Option<&RoomEntry> {
        self.entries.iter().find(|entry| entry.room == room)
    }

    /// Unread mentions in all rooms that are not muted.
    pub fn mentions(&self) -> i64 {
        let mentions = |entry: &RoomEntry| entry.counts.all_mentions();
        self.audible().map(mentions).sum()
    }

    /// Unread replies in followed threads, in all rooms that are not muted.
    pub fn threads(&self) -> i64 {
        self.audible().map(|entry| entry.counts.threads).sum()
    }

    /// Count in the window's title of a page that shows the room `at`: mentions and conversations elsewhere, and
    /// replies in threads.
    pub fn waiting(&self, at: Option<RoomId>) -> i64 {
        let waiting = self.audible().map(|entry| {
            let in_threads = entry.counts.threads.max(entry.counts.thread_mentions);
            match at == Some(entry.room) {
                true => in_threads,
                false => entry.mention_badge() + in_threads,
            }
        });
        waiting.sum()
    }

    fn audible(&self) -> impl Iterator<Item = &RoomEntry> {
        self.entries.iter().filter(|entry| entry.is_audible())
    }
}

impl Rooms {
    /// User's list, at least as new as any response sent to a client.
    pub async fn list(&self, user: UserId) -> Result<Arc<RoomList>> {
        let (app, lists) = (&self.0.app, &self.0.lists);
        let (version, epoch) = (self.version(user), lists.epoch(&user));
        let cached = lists.get(&user).filter(|list| list.version == version);
        let Some(cached) = cached else {
            return self.load_list(user, version, epoch).await;
        };
        let rooms = cached.entries.iter().map(|entry| entry.room);
        let revs = app.live.newest(rooms);
        let pairs = cached.entries.iter().zip(revs.iter().zip(&cached.revs));
        let outdated = pairs.filter(|(_, (now, then))| now != then);
        let outdated: Vec<RoomId> = outdated.map(|(entry, _)| entry.room).collect();
        if outdated.is_empty() {
            return Ok(cached);
        }
        let reread = move |conn: &mut Conn| store::unread_of(conn, user, &outdated);
        let fresh = app.db.read(reread).await?;
        let paired = cached.entries.iter().zip(revs);
        let entries = paired.filter_map(|(old, rev)| {
            let mut entry = old.clone();
            if let Some((_, counts)) = fresh.iter().find(|(room, _)| *room == old.room) {
                entry.counts = counts.clone()?;
            }
            Some((entry, rev))
        });
        let list = (entries.collect(), cached.waiting);
        Ok(self.cache_list(user, list, version, epoch))
    }

    /// Reads the whole list. The revs are read before the rows, so that a change published in between
    /// makes the list outdated, not wrong.
    async fn load_list(&self, user: UserId, version: u64, epoch: u64) -> Result<Arc<RoomList>> {
        let (live, db) = (self.0.app.live.clone(), &self.0.app.db);
        let read = move |conn: &mut Conn| {
            let rooms = store::rooms_of(conn, user)?;
            let revs = live.newest(rooms.iter().copied());
            let revs: HashMap<RoomId, Option<i64>> = rooms.into_iter().zip(revs).collect();
            let entries = store::list(conn, user)?;
            // A room joined in between is read again at once.
            let rev_of = |entry: &RoomEntry| revs.get(&entry.room).copied().unwrap_or(Some(-1));
            let paired = entries.into_iter().map(|entry| (rev_of(&entry), entry));
            let paired = paired.map(|(rev, entry)| (entry, rev)).collect::<Vec<_>>();
            Ok((paired, store::waiting(conn, user)?))
        };
        let list = db.read(read).await?;
        Ok(self.cache_list(user, list, version, epoch))
    }

    fn cache_list(
        &self,
        user: UserId,
        (mut entries, waiting): (Vec<(RoomEntry, Option<i64>)>, Waiting),
        version: u64,
        epoch: u64,
    ) -> Arc<RoomList> {
        entries.sort_by_key(|(entry, _)| entry.sort_key());
        let (mut entries, mut revs): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        // A vector that has grown has space for four entries at least, and most people are in one or two rooms.
        entries.shrink_to_fit();
        revs.shrink_to_fit();
        let list = Arc::new(RoomList {
            serial: self.0.serial.fetch_add(1, Ordering::Relaxed),
            entries,
            waiting,
            revs,
            version,
        });
        self.0.lists.insert_if_current(user, list.clone(), epoch);
        list
    }
}

/// Random first serial that fits a JavaScript number, so that a page from before a restart never matches
/// a current list.
pub(super) fn first_serial() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().1 & ((1 << 52) - 1)
}
