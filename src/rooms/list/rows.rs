//! Rows of a long list that a sidebar shows.

use std::{cmp::Reverse, collections::HashSet};

use super::{RoomEntry, RoomList};
use crate::db::ids::RoomId;

/// Maximum number of rows of a sidebar.
pub const MAX_ROWS: usize = 200;
/// Number of favourites that have a row before rooms with unread messages.
const FIRST_FAVOURITES: usize = 100;

/// Order in which entries get a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Priority {
    Current,
    Mentioned,
    Favourite,
    Unread,
    Other,
}

impl RoomList {
    /// Rooms with a row in the sidebar of a page that shows the room `at`; `None` if all of them fit.
    pub fn rooms_with_row(&self, at: Option<RoomId>) -> Option<HashSet<RoomId>> {
        let entries = self.entries.iter();
        let mut favourites = 0;
        let mut rows: Vec<(Priority, &RoomEntry)> = entries
            .filter(|entry| entry.section().is_some())
            .map(|entry| {
                favourites += usize::from(entry.favourite);
                let is_first = entry.favourite && favourites <= FIRST_FAVOURITES;
                (priority(entry, at, is_first), entry)
            })
            .collect();
        if rows.len() <= MAX_ROWS {
            return None;
        }
        rows.sort_by_key(|(priority, entry)| (*priority, Reverse(entry.counts.newest), entry.room));
        let rows = rows.into_iter().take(MAX_ROWS);
        Some(rows.map(|(_, entry)| entry.room).collect())
    }

    /// Number of the user's rooms and conversations, without archived ones.
    pub fn count(&self) -> usize {
        let entries = self.entries.iter();
        entries.filter(|entry| !entry.archived).count()
    }

    /// Whether sidebars of both lists show the same rows in the same order, so that only counts of messages differ.
    pub fn has_same_rows(&self, other: &RoomList, at: Option<RoomId>) -> bool {
        let (mine, theirs) = (self.rooms_with_row(at), other.rooms_with_row(at));
        if mine.is_some() && self.count() != other.count() {
            return false;
        }
        self.waiting == other.waiting
            && mine == theirs
            && self
                .row_keys(mine.as_ref())
                .eq(other.row_keys(mine.as_ref()))
    }

    fn row_keys(&self, rooms: Option<&HashSet<RoomId>>) -> impl Iterator<Item = impl PartialEq> {
        let shown = self.entries.iter().filter(move |entry| {
            entry.section().is_some() && rooms.is_none_or(|rooms| rooms.contains(&entry.room))
        });
        shown.map(RoomEntry::row_key)
    }
}

fn priority(entry: &RoomEntry, at: Option<RoomId>, is_first_favourite: bool) -> Priority {
    match () {
        () if at == Some(entry.room) => Priority::Current,
        () if entry.mention_badge() > 0 => Priority::Mentioned,
        () if is_first_favourite => Priority::Favourite,
        () if entry.is_bold() => Priority::Unread,
        () => Priority::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        notifications::NotifyLevel,
        rooms::{Kind, UnreadCounts, Waiting},
    };

    /// List of `count` rooms with ids from 1 on. The first have the latest messages.
    fn list(count: i64, change: impl Fn(&mut RoomEntry)) -> RoomList {
        let entry = |room: i64| {
            let mut entry = RoomEntry {
                room: RoomId(room),
                name: format!("room {room:04}").into(),
                kind: Kind::Closed,
                archived: false,
                notify: NotifyLevel::Everything,
                hidden: false,
                favourite: false,
                people: Arc::default(),
                avatar: None,
                emoji: "".into(),
                counts: UnreadCounts {
                    newest: 2 * count - room,
                    ..UnreadCounts::default()
                },
            };
            change(&mut entry);
            entry
        };
        let mut entries: Vec<RoomEntry> = (1..=count).map(entry).collect();
        entries.sort_by_key(RoomEntry::sort_key);
        RoomList {
            serial: 0,
            entries,
            waiting: Waiting::default(),
            revs: Vec::new(),
            version: 0,
        }
    }

    /// Rooms with a row that are not among the 200 with the latest messages.
    fn raised(list: &RoomList, at: Option<RoomId>) -> Vec<i64> {
        let rooms = list.rooms_with_row(at).expect("a long list");
        assert_eq!(rooms.len(), MAX_ROWS);
        let mut rooms: Vec<i64> = rooms.into_iter().map(|room| room.0).collect();
        rooms.retain(|room| *room > MAX_ROWS as i64);
        rooms.sort_unstable();
        rooms
    }

    #[test]
    fn a_list_that_fits_is_shown_whole() {
        assert_eq!(list(200, |_| {}).rooms_with_row(None), None);
        let hidden = list(300, |entry| entry.hidden = entry.room.0 > 200);
        assert_eq!((hidden.rooms_with_row(None), hidden.count()), (None, 300));
    }

    #[test]
    fn the_current_room_mentions_favourites_and_unread_rooms_come_before_the_latest() {
        let rooms = list(1_000, |entry| match entry.room.0 {
            700 => entry.counts.unread = 1,
            800 => (entry.counts.unread, entry.counts.mentions) = (1, 1),
            900 => entry.favourite = true,
            950 => (entry.counts.unread, entry.notify) = (1, NotifyLevel::Nothing),
            _ => {}
        });
        assert_eq!(raised(&rooms, None), [700, 800, 900]);
        assert_eq!(raised(&rooms, Some(RoomId(999))), [700, 800, 900, 999]);
    }

    #[test]
    fn unread_messages_everywhere_hide_neither_favourites_nor_mentions_and_favourites_no_unread() {
        let flooded = list(1_000, |entry| {
            entry.counts.unread = 5;
            entry.favourite = entry.room.0 == 900;
            entry.counts.mentions = i64::from(entry.room.0 == 800);
        });
        assert_eq!(raised(&flooded, None), [800, 900]);
        let favourites = list(1_000, |entry| {
            entry.favourite = entry.room.0 <= 990;
            entry.counts.unread = i64::from(entry.room.0 > 990);
        });
        assert_eq!(raised(&favourites, None), (991..=1_000).collect::<Vec<_>>());
    }

    #[test]
    fn rows_differ_if_a_room_without_a_row_becomes_unread_and_if_the_number_of_rooms_changes() {
        let before = list(300, |_| {});
        assert!(before.has_same_rows(&list(300, |_| {}), None));
        let unread = list(300, |entry| {
            entry.counts.unread = i64::from(entry.room.0 == 250)
        });
        assert!(!before.has_same_rows(&unread, None));
        let unread = list(300, |entry| {
            entry.counts.unread = i64::from(entry.room.0 == 50)
        });
        assert!(before.has_same_rows(&unread, None));
        let mut invited = list(300, |_| {});
        invited.waiting.invitations = 1;
        assert!(!before.has_same_rows(&invited, None));
        let archived = list(300, |entry| entry.archived = entry.room.0 == 250);
        assert!(!before.has_same_rows(&archived, None));
    }
}
