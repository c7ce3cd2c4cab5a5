//! Entry of a user's room list: its section and its unread counts.

use std::{cmp::Reverse, sync::Arc};

use crate::{
    db::ids::{AvatarId, RoomId, UserId},
    notifications::NotifyLevel,
    rooms::{Kind, Room, UnreadCounts},
};

/// Section of the list that shows an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Favourites,
    Rooms,
    Directs,
}

/// Room or conversation in a user's list.
#[derive(Clone, Debug)]
pub struct RoomEntry {
    pub room: RoomId,
    pub name: Arc<str>,
    pub kind: Kind,
    pub archived: bool,
    pub notify: NotifyLevel,
    pub hidden: bool,
    pub favourite: bool,
    /// Other members of a direct conversation.
    pub people: Arc<[UserId]>,
    /// Picture of the room, or of the only other member of a conversation.
    pub avatar: Option<AvatarId>,
    /// Emoji of the room; empty without one.
    pub emoji: Arc<str>,
    pub counts: UnreadCounts,
}

impl RoomEntry {
    /// Builds a [`Room`] from the entry, without its topic.
    pub fn to_room(&self) -> Room {
        Room {
            id: self.room,
            name: self.name.clone(),
            topic: "".into(),
            kind: self.kind,
            is_default: false,
            archived: self.archived,
            avatar: self.avatar.filter(|_| self.kind != Kind::Direct),
            emoji: self.emoji.clone(),
            announcements: false,
            slow_mode: 0,
            timed_out_until: 0,
            retention_days: 0,
        }
    }

    /// Section that shows the entry; `None` when it is not shown. A hidden conversation reappears with an
    /// unread message or reply.
    pub fn section(&self) -> Option<Section> {
        let is_new = self.counts.unread + self.counts.threads > 0;
        let calls = self.kind == Kind::Direct && self.is_audible() && is_new;
        match self.kind {
            _ if self.archived || self.hidden && !calls => None,
            _ if self.favourite => Some(Section::Favourites),
            Kind::Direct => Some(Section::Directs),
            Kind::Open | Kind::Closed => Some(Section::Rooms),
        }
    }

    /// Sort key: rooms by name, conversations by their latest message.
    pub fn sort_key(&self) -> (Option<Section>, Reverse<i64>, String, RoomId) {
        let latest = match self.section() {
            Some(Section::Directs) => self.counts.newest,
            _ => 0,
        };
        let name = self.name.to_lowercase();
        (self.section(), Reverse(latest), name, self.room)
    }

    /// Everything that a row shows except its counts.
    pub fn row_key(&self) -> impl PartialEq {
        let section = self.section();
        let icon = (self.avatar, &self.emoji);
        (
            section,
            self.room,
            &self.name,
            self.kind,
            &self.people,
            icon,
        )
    }

    /// Whether the user wants any notification of the room.
    pub fn is_audible(&self) -> bool {
        self.notify != NotifyLevel::Nothing && !self.archived
    }

    /// Prominent count: mentions, or all unread messages of a direct conversation. Replies in threads count elsewhere.
    pub fn mention_badge(&self) -> i64 {
        match (self.notify, self.kind) {
            (NotifyLevel::Nothing, _) => 0,
            (_, Kind::Direct) => self.counts.unread,
            _ => self.counts.mentions,
        }
    }

    /// Plain count of unread messages in a room with notifications for everything, without replies in threads.
    pub fn unread_badge(&self) -> i64 {
        match (self.notify, self.kind) {
            (NotifyLevel::Everything, Kind::Open | Kind::Closed) => self.counts.unread,
            _ => 0,
        }
    }

    /// Whether the name is shown in bold.
    pub fn is_bold(&self) -> bool {
        self.notify != NotifyLevel::Nothing && self.counts.unread > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, notify: NotifyLevel, unread: i64, mentions: i64) -> RoomEntry {
        RoomEntry {
            room: RoomId(1),
            name: "design".into(),
            kind,
            archived: false,
            notify,
            hidden: false,
            favourite: false,
            people: Arc::default(),
            avatar: None,
            emoji: "".into(),
            counts: UnreadCounts {
                unread,
                mentions,
                ..UnreadCounts::default()
            },
        }
    }

    #[test]
    fn the_notification_level_decides_which_count_is_shown() {
        use {Kind::*, NotifyLevel::*};
        for (kind, notify, expected) in [
            (Open, Everything, (1, 5, true)),
            (Open, Mentions, (1, 0, true)),
            (Closed, Nothing, (0, 0, false)),
            (Direct, Everything, (5, 0, true)),
            (Direct, Mentions, (5, 0, true)),
            (Direct, Nothing, (0, 0, false)),
        ] {
            let entry = entry(kind, notify, 5, 1);
            let shown = (entry.mention_badge(), entry.unread_badge(), entry.is_bold());
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn replies_in_threads_count_in_no_badge_of_the_room() {
        for kind in [Kind::Open, Kind::Closed, Kind::Direct] {
            let mut entry = entry(kind, NotifyLevel::Everything, 0, 0);
            (entry.counts.threads, entry.counts.thread_mentions) = (3, 2);
            assert_eq!((entry.mention_badge(), entry.unread_badge()), (0, 0));
            assert!(!entry.is_bold());
        }
    }

    #[test]
    fn only_a_hidden_conversation_with_an_audible_message_is_shown_again() {
        use {Kind::*, NotifyLevel::*};
        for (kind, notify, unread, mentions, expected) in [
            (Direct, Everything, 0, 0, None),
            (Direct, Everything, 1, 0, Some(Section::Directs)),
            (Direct, Nothing, 5, 5, None),
            (Open, Everything, 1, 0, None),
        ] {
            let mut entry = entry(kind, notify, unread, mentions);
            entry.hidden = true;
            assert_eq!(entry.section(), expected);
        }
        let mut archived = entry(Open, Everything, 5, 5);
        archived.archived = true;
        assert_eq!(archived.section(), None);
    }

    #[test]
    fn rooms_stand_by_name_and_conversations_by_their_latest_message() {
        let row = |room, kind, name: &str, newest| {
            let mut row = entry(kind, NotifyLevel::Everything, 0, 0);
            (row.room, row.name, row.counts.newest) = (RoomId(room), name.into(), newest);
            row
        };
        let mut rows = [
            row(1, Kind::Direct, "ada", 3),
            row(2, Kind::Direct, "bob", 9),
            row(3, Kind::Open, "Zoo", 99),
            row(4, Kind::Closed, "attic", 1),
            row(5, Kind::Open, "last", 0),
        ];
        rows[4].favourite = true;
        rows.sort_by_key(RoomEntry::sort_key);
        assert_eq!(rows.map(|row| row.room.0), [5, 4, 3, 2, 1]);
    }
}
