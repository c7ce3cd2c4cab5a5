//! The rail as HTML: whole for a page, in pieces for its socket.

use std::sync::Arc;

use askama::Template;

use crate::{
    db::ids::{RoomId, UserId},
    error::Result,
    live::Live,
    rooms::{Kind, MOST_COUNTED, RoomEntry, RoomList, Section},
    web::framed::Viewer,
};

/// What stands beside every page of somebody who is logged in. Templates call it `rail`.
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
    /// Said to the reader: a count.
    pub mention_badge: Option<String>,
    /// The other messages: a count.
    pub unread_badge: Option<String>,
    /// The last-read position.
    pub read: i64,
    /// The other one of two, and whether they are here.
    pub presence_dot: Option<PresenceDot>,
    /// How many others there are in a conversation of more.
    pub others: usize,
}

/// Whether somebody is here.
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

    /// Changes whenever the rail would look different.
    pub fn state(&self) -> (u64, Vec<bool>) {
        let people = self.list.entries.iter().filter_map(partner);
        let dots = people.map(|id| self.live.online().is_online(id));
        (self.list.serial, dots.collect())
    }

    /// Whether the page shows this address.
    pub fn is_at(&self, address: &str) -> bool {
        self.at.is_none() && self.back == address
    }

    /// Unread messages that name the reader, in all rooms of which they want to hear.
    pub fn mentions(&self) -> i64 {
        self.list.mentions()
    }

    /// Unread answers in the threads that they follow.
    pub fn threads(&self) -> i64 {
        self.list.threads()
    }

    /// A count as it is shown.
    pub fn shown(&self, count: i64) -> String {
        number(count)
    }

    /// The HTML that puts the counts of all rooms together in the place of themselves.
    ///
    /// # Errors
    /// `Internal` when the template fails.
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
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn whole(&self) -> Result<String> {
        Ok(Whole { sidebar: self }.render()?)
    }

    /// The HTML that gives the page of a room its new name.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn name(&self) -> Result<Option<String>> {
        let push = |entry: &RoomEntry| NamePush { name: &entry.name }.render();
        Ok(self.current().map(push).transpose()?)
    }

    /// The HTML that puts a row's counts in the place of themselves; none for a row that is not shown.
    ///
    /// # Errors
    /// `Internal` when the template fails.
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

    /// The HTML that says, wherever a page shows somebody, whether they are here.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn dot(&self, person: UserId) -> Result<String> {
        let dot = PresenceDot {
            id: person,
            on: self.live.online().is_online(person),
        };
        Ok(DotPush { dot }.render()?)
    }
}

/// The other one of two.
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
