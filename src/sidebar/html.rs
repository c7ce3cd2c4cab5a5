//! Sidebar as HTML: whole for a page, in fragments for its socket.

use std::{collections::HashSet, sync::Arc};

use askama::Template;

use crate::{
    accounts::AvatarSource,
    db::ids::{AvatarId, RoomId, UserId},
    error::Result,
    live::Live,
    rooms::{Kind, MOST_COUNTED, Room, RoomEntry, RoomIcon, RoomList, Section},
    web::framed::Viewer,
};

/// Sidebar of a page for a logged-in user.
pub struct SidebarView {
    pub me: UserId,
    pub username: Arc<str>,
    /// Name under which pages show the reader.
    pub name: Arc<str>,
    avatar: Option<AvatarId>,
    /// Whether the reader is a server admin.
    pub is_admin: bool,
    /// Whether the reader is a guest.
    pub is_guest: bool,
    /// Whether admins are warned that anyone can make an account.
    pub warns_of_registration: bool,
    /// Path of the page, to which forms return.
    pub back: String,
    /// Parts that the user has closed, and `unread` for unread rooms only, separated by dots.
    remembered: String,
    /// Whether "Mark all as read" can be undone.
    pub can_undo: bool,
    list: Arc<RoomList>,
    /// Rooms with a row; `None` if all have one.
    with_row: Option<HashSet<RoomId>>,
    at: Option<RoomId>,
    live: Arc<Live>,
}

/// Row of the list.
pub struct SidebarRow {
    pub room: RoomId,
    pub name: Arc<str>,
    pub kind: &'static str,
    pub current: bool,
    pub bold: bool,
    pub mention_badge: Option<String>,
    /// Count of a room without a mention badge: a row has one badge.
    pub unread_badge: Option<String>,
    pub read: i64,
    pub icon: RoomIcon,
    /// Picture or letters and presence of the other member of a conversation of two.
    pub partner: Option<(AvatarSource, PresenceDot)>,
    /// Number of other members of a larger conversation.
    pub others: usize,
}

/// Whether a user is online.
#[derive(Clone, Copy)]
pub struct PresenceDot {
    pub id: UserId,
    pub on: bool,
}

/// HTML that replaces a part of the sidebar on a page.
#[derive(Template)]
enum SidebarPush<'a> {
    #[template(path = "sidebar/push.html")]
    Whole { sidebar: &'a SidebarView },
    #[template(path = "sidebar/badges_push.html")]
    Badges { row: SidebarRow },
    #[template(path = "sidebar/totals_push.html")]
    Totals { sidebar: &'a SidebarView },
    #[template(path = "sidebar/name_push.html")]
    Name { room: &'a Room },
    #[template(path = "sidebar/presence_dot_push.html")]
    Dot { dot: PresenceDot },
}

impl SidebarView {
    /// Sidebar of `viewer` beside a page that shows the room `at`, if any.
    pub fn new(
        viewer: &Viewer,
        list: Arc<RoomList>,
        at: Option<RoomId>,
        live: &Arc<Live>,
    ) -> SidebarView {
        SidebarView {
            me: viewer.id,
            username: viewer.username.clone(),
            name: viewer.name.clone(),
            avatar: viewer.avatar,
            is_admin: viewer.is_admin,
            is_guest: viewer.is_guest,
            warns_of_registration: false,
            back: at.map_or("/".into(), |room| format!("/rooms/{room}")),
            remembered: String::new(),
            can_undo: false,
            with_row: list.rooms_with_row(at),
            list,
            at,
            live: live.clone(),
        }
    }

    /// The reader's picture or letters.
    pub fn avatar(&self) -> AvatarSource {
        AvatarSource::small(self.me, self.avatar)
    }

    /// Sets the path of the page.
    pub fn at_address(mut self, address: &str) -> SidebarView {
        self.back = address.to_owned();
        self
    }

    /// Sets what the user has closed.
    pub fn with_remembered(mut self, remembered: String) -> SidebarView {
        self.remembered = remembered;
        self
    }

    /// Sets whether admins are warned that anyone can make an account.
    pub fn with_registration_warning(mut self, warns: bool) -> SidebarView {
        self.warns_of_registration = warns;
        self
    }

    /// Sets whether "Mark all as read" can be undone.
    pub fn with_undo(mut self, can_undo: bool) -> SidebarView {
        self.can_undo = can_undo;
        self
    }

    /// Whether the user has closed a part, or asked for `unread` rooms only.
    pub fn remembers(&self, part: &str) -> bool {
        self.remembered.split('.').any(|known| known == part)
    }

    /// Serial of the list.
    pub fn serial(&self) -> u64 {
        self.list.serial
    }

    /// The reader's entry for the room that the page shows.
    pub fn current(&self) -> Option<&RoomEntry> {
        self.list.entry(self.at?)
    }

    /// State that decides how the sidebar looks.
    pub fn state(&self) -> (u64, Vec<bool>, &str, bool) {
        let people = self.list.entries.iter().filter_map(partner);
        let dots = people.map(|id| self.live.online().is_online(id));
        let (remembered, can_undo) = (&*self.remembered, self.can_undo);
        (self.list.serial, dots.collect(), remembered, can_undo)
    }

    /// Whether the page has this path and shows no room.
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

    /// Count in the window's title.
    pub fn waiting(&self) -> i64 {
        self.list.waiting(self.at)
    }

    /// A count as displayed.
    pub fn shown(&self, count: i64) -> String {
        number(count)
    }

    /// HTML that replaces the totals of all rooms.
    pub fn totals(&self) -> Result<String> {
        Ok(SidebarPush::Totals { sidebar: self }.render()?)
    }

    /// Favourites of the reader.
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
        let shown = entries.filter(|entry| entry.section() == Some(section) && self.has_row(entry));
        shown.map(|entry| self.row(entry)).collect()
    }

    fn has_row(&self, entry: &RoomEntry) -> bool {
        let with_row = self.with_row.as_ref();
        entry.section().is_some() && with_row.is_none_or(|rooms| rooms.contains(&entry.room))
    }

    /// Number of pending invitations; `None` without one.
    pub fn invitations(&self) -> Option<String> {
        badge(self.list.waiting.invitations)
    }

    /// Number of notices; `None` without one.
    pub fn notices(&self) -> Option<String> {
        badge(self.list.waiting.notices)
    }

    /// Whether the reader handles reports.
    pub fn is_moderator(&self) -> bool {
        self.list.waiting.reports.is_some()
    }

    /// Number of open reports that the reader can handle; `None` without one.
    pub fn reports(&self) -> Option<String> {
        self.list.waiting.reports.and_then(badge)
    }

    /// URL of the stylesheet that folds the messages of people whom the reader has blocked.
    pub fn block_styles(&self) -> Option<String> {
        let (count, newest) = self.list.waiting.blocks;
        (count > 0).then(|| format!("/blocks/{}-{newest}-{count}.css", self.me))
    }

    /// Number of all rooms of the reader if not all of them have a row.
    pub fn count(&self) -> Option<usize> {
        self.with_row.is_some().then(|| self.list.count())
    }

    fn row(&self, entry: &RoomEntry) -> SidebarRow {
        let at = if entry.kind == Kind::Direct { "" } else { "@" };
        SidebarRow {
            room: entry.room,
            name: entry.name.clone(),
            kind: entry.kind.name(),
            current: self.at == Some(entry.room),
            bold: entry.is_bold(),
            mention_badge: badge(entry.mention_badge()).map(|count| format!("{at}{count}")),
            unread_badge: badge(entry.unread_badge()).filter(|_| entry.mention_badge() == 0),
            read: entry.counts.read,
            icon: entry.to_room().icon(),
            partner: partner(entry).map(|id| {
                let avatar = AvatarSource::small(id, entry.avatar);
                (avatar, self.presence_dot(id))
            }),
            others: entry.people.len(),
        }
    }

    /// HTML that replaces the list.
    pub fn whole(&self) -> Result<String> {
        Ok(SidebarPush::Whole { sidebar: self }.render()?)
    }

    /// HTML that replaces the name and the icon on the page of a room.
    pub fn name(&self) -> Result<Option<String>> {
        let push = |entry: &RoomEntry| {
            let room = &entry.to_room();
            SidebarPush::Name { room }.render()
        };
        Ok(self.current().map(push).transpose()?)
    }

    /// HTML that replaces a row's counts; `None` for a row that is not shown.
    pub fn badges(&self, room: RoomId) -> Result<Option<String>> {
        let entry = self.list.entry(room);
        let shown = entry.filter(|entry| self.has_row(entry));
        let row = shown.map(|entry| self.row(entry));
        Ok(row
            .map(|row| SidebarPush::Badges { row }.render())
            .transpose()?)
    }

    /// HTML that replaces a user's presence dots on a page.
    pub fn dot(&self, person: UserId) -> Result<String> {
        let dot = self.presence_dot(person);
        Ok(SidebarPush::Dot { dot }.render()?)
    }

    fn presence_dot(&self, id: UserId) -> PresenceDot {
        let on = self.live.online().is_online(id);
        PresenceDot { id, on }
    }
}

/// Other member of a conversation of two.
fn partner(entry: &RoomEntry) -> Option<UserId> {
    match *entry.people {
        [only] => Some(only),
        _ => None,
    }
}

/// A count as displayed.
fn number(count: i64) -> String {
    match count {
        MOST_COUNTED.. => "99+".into(),
        fewer => fewer.to_string(),
    }
}

/// A positive count as displayed.
fn badge(count: i64) -> Option<String> {
    (count > 0).then(|| number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_ends_at_ninety_nine() {
        assert_eq!([1, 99, 100, 101].map(number), ["1", "99", "99+", "99+"]);
    }
}
