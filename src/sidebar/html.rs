//! Sidebar as HTML: whole for a page, in fragments for its socket.

use std::sync::Arc;

use askama::Template;

use crate::{
    db::ids::{RoomId, UserId},
    error::Result,
    live::Live,
    rooms::{Kind, MOST_COUNTED, RoomEntry, RoomList, Section},
    web::framed::Viewer,
};

/// Sidebar of a page for a logged-in user.
pub struct SidebarView {
    /// The reader.
    pub me: UserId,
    /// Their name.
    pub username: Arc<str>,
    /// The page's own address, to come back to.
    pub back: String,
    list: Arc<RoomList>,
    at: Option<RoomId>,
    live: Live,
}

/// One row, as its template needs it.
pub struct SidebarRow {
    pub room: RoomId,
    pub name: Arc<str>,
    /// Open, closed or direct.
    pub kind: &'static str,
    pub current: bool,
    pub bold: bool,
    /// Number of mentions.
    pub mention_badge: Option<String>,
    /// Number of other unread messages.
    pub unread_badge: Option<String>,
    /// The last-read position.
    pub read: i64,
    /// Presence of the other member of a conversation of two.
    pub presence_dot: Option<PresenceDot>,
    /// How many others there are in a conversation of more.
    pub others: usize,
}

/// Whether someone is here.
#[derive(Clone, Copy)]
pub struct PresenceDot {
    pub id: UserId,
    pub on: bool,
}

#[derive(Template)]
#[template(path = "sidebar/push.html")]
struct Whole<'a> {
    sidebar: &'a SidebarView,
}

#[derive(Template)]
#[template(path = "sidebar/badges_push.html")]
struct Badges {
    row: SidebarRow,
}

#[derive(Template)]
#[template(path = "sidebar/totals_push.html")]
struct Totals<'a> {
    sidebar: &'a SidebarView,
}

#[derive(Template)]
#[template(path = "sidebar/name_push.html")]
struct NamePush<'a> {
    name: &'a str,
}

#[derive(Template)]
#[template(path = "sidebar/presence_dot_push.html")]
struct DotPush {
    dot: PresenceDot,
}

impl SidebarView {
    /// The list of `user` beside a page that shows the room `at`, if it shows one.
    pub fn new(
        viewer: &Viewer,
        list: Arc<RoomList>,
        at: Option<RoomId>,
        live: &Live,
    ) -> SidebarView {
        SidebarView {
            me: viewer.id,
            username: viewer.username.clone(),
            back: at.map_or("/".into(), |room| format!("/rooms/{room}")),
            list,
            at,
            live: live.clone(),
        }
    }

    /// The same beside a page at this address.
    pub fn at_address(mut self, address: &str) -> SidebarView {
        self.back = address.to_owned();
        self
    }

    /// Which state of the list this is.
    pub fn serial(&self) -> u64 {
        self.list.serial
    }

    /// The reader's entry for the room that the page shows.
    pub fn current(&self) -> Option<&RoomEntry> {
        self.list.entry(self.at?)
    }

    /// Changes whenever the sidebar would look different.
    pub fn state(&self) -> (u64, Vec<bool>) {
        let people = self.list.entries.iter().filter_map(partner);
        let dots = people.map(|id| self.live.online().is_online(id));
        (self.list.serial, dots.collect())
    }

    /// Whether the page shows this address.
    pub fn is_at(&self, address: &str) -> bool {
        self.at.is_none() && self.back == address
    }

    /// Unread mentions in all rooms that are not muted.
    pub fn mentions(&self) -> i64 {
        self.list.mentions()
    }

    /// Unread replies in followed threads.
    pub fn threads(&self) -> i64 {
        self.list.threads()
    }

    /// A count as it is shown.
    pub fn shown(&self, count: i64) -> String {
        number(count)
    }

    /// The HTML that puts the counts of all rooms together in the place of themselves.
    pub fn totals(&self) -> Result<String> {
        Ok(Totals { sidebar: self }.render()?)
    }

    /// The rows that the reader put first.
    pub fn favourites(&self) -> Vec<SidebarRow> {
        self.rows(Section::Favourites)
    }

    /// Rooms by name.
    pub fn rooms(&self) -> Vec<SidebarRow> {
        self.rows(Section::Rooms)
    }

    /// Conversations, the latest first.
    pub fn directs(&self) -> Vec<SidebarRow> {
        self.rows(Section::Directs)
    }

    fn rows(&self, section: Section) -> Vec<SidebarRow> {
        let entries = self.list.entries.iter();
        let shown = entries.filter(|entry| entry.section() == Some(section));
        shown.map(|entry| self.row(entry)).collect()
    }

    fn row(&self, entry: &RoomEntry) -> SidebarRow {
        let dot = partner(entry).map(|id| PresenceDot {
            id,
            on: self.live.online().is_online(id),
        });
        let at = if entry.kind == Kind::Direct { "" } else { "@" };
        SidebarRow {
            room: entry.room,
            name: entry.name.clone(),
            kind: entry.kind.name(),
            current: self.at == Some(entry.room),
            bold: entry.is_bold(),
            mention_badge: (entry.mention_badge() > 0)
                .then(|| format!("{at}{}", number(entry.mention_badge()))),
            unread_badge: (entry.unread_badge() > 0).then(|| number(entry.unread_badge())),
            read: entry.counts.read,
            presence_dot: dot,
            others: entry.people.len(),
        }
    }

    /// The HTML that puts the list in the place of itself.
    pub fn whole(&self) -> Result<String> {
        Ok(Whole { sidebar: self }.render()?)
    }

    /// The HTML that gives the page of a room its new name.
    pub fn name(&self) -> Result<Option<String>> {
        let push = |entry: &RoomEntry| NamePush { name: &entry.name }.render();
        Ok(self.current().map(push).transpose()?)
    }

    /// HTML that replaces a row's counts; `None` for a row that is not shown.
    pub fn badges(&self, room: RoomId) -> Result<Option<String>> {
        let entry = self.list.entry(room);
        let shown = entry.filter(|entry| entry.section().is_some());
        let push = |entry| {
            Badges {
                row: self.row(entry),
            }
            .render()
        };
        Ok(shown.map(push).transpose()?)
    }

    /// HTML that replaces a user's presence dots on a page.
    pub fn dot(&self, person: UserId) -> Result<String> {
        let dot = PresenceDot {
            id: person,
            on: self.live.online().is_online(person),
        };
        Ok(DotPush { dot }.render()?)
    }
}

/// Other member of a conversation of two.
fn partner(entry: &RoomEntry) -> Option<UserId> {
    match *entry.people {
        [only] => Some(only),
        _ => None,
    }
}

/// A count as it is shown.
fn number(count: i64) -> String {
    match count {
        MOST_COUNTED.. => "99+".into(),
        fewer => fewer.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_ends_at_ninety_nine() {
        assert_eq!([1, 99, 100, 101].map(number), ["1", "99", "99+", "99+"]);
    }
}
