//! Sidebar updates for one page, sent through its socket.

use std::{collections::HashMap, sync::Arc};

use poem::Request;
use serde::Deserialize;

use super::SidebarView;
use crate::{
    accounts::User,
    app::App,
    db::{
        ids::{RoomId, UserId},
        time,
    },
    error::Result,
    live::{OnlineGuard, Replay, SocketHandler, Subscription, TextReply},
    rooms::{RoomEntry, RoomList, Rooms},
};

/// Limit of presence dots updated on a page.
const WATCHED: usize = 120;

/// State of a page, sent in the URL of its socket.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct PageState {
    /// Serial of the list on the page.
    pub(super) list: Option<u64>,
    /// Ids of the users on the page, separated by commas; negative for users shown as offline.
    #[serde(default)]
    people: String,
}

impl PageState {
    /// Parses the query of a request; the default if it is not valid.
    pub fn of(req: &Request) -> PageState {
        req.params().unwrap_or_default()
    }

    /// Users on the page, and whether it shows them as online.
    fn people(&self) -> impl Iterator<Item = (UserId, bool)> {
        let ids = self.people.split(',').filter_map(|id| id.parse().ok());
        let ids = ids.take(WATCHED);
        ids.map(|id: i64| (UserId(id.saturating_abs()), id > 0))
    }
}

/// Sidebar feed of one page.
pub struct SidebarFeed {
    user: User,
    at: Option<RoomId>,
    app: App,
    rooms: Rooms,
    subscription: Subscription,
    /// List that the page shows; `None` if unknown.
    shown: Option<Arc<RoomList>>,
    /// State of the page, until the feed is open.
    page: Option<Box<PageState>>,
}

impl SidebarFeed {
    /// Feed for a page of `user`.
    pub fn new(
        user: User,
        at: Option<RoomId>,
        page: PageState,
        (app, rooms): (App, Rooms),
    ) -> SidebarFeed {
        let subscription = app.live.notifier().subscribe(user.id, at);
        SidebarFeed {
            user,
            at,
            app,
            rooms,
            subscription,
            shown: None,
            page: Some(Box::new(page)),
        }
    }

    /// Starts the updates. Returns the changes since the page was rendered.
    pub async fn open(&mut self) -> Result<Vec<String>> {
        let missed = self.subscription.signal.take().users;
        let list = self.rooms.list(self.user.id).await?;
        self.subscribe(&list);
        let page = self.page.take();
        let shown: Vec<(UserId, bool)> = page.iter().flat_map(|page| page.people()).collect();
        self.subscription
            .watch(shown.iter().map(|(person, _)| *person));
        // Read again: changes published before the subscription above were not signalled.
        let list = self.rooms.list(self.user.id).await?;
        let known = match page {
            Some(page) => page.list,
            None => self.shown.as_ref().map(|shown| shown.serial),
        };
        self.shown = Some(list.clone());
        let sidebar = self.view(&list);
        let mut pieces = Vec::new();
        if known != Some(list.serial) {
            pieces.push(sidebar.whole()?);
        }
        let online = self.app.live.online();
        let shown = shown.into_iter();
        let changed = shown.filter(|(id, on)| online.is_online(*id) != *on);
        for person in changed.map(|(id, _)| id).chain(missed) {
            pieces.push(sidebar.dot(person)?);
        }
        Ok(pieces)
    }

    /// Subscribes to the rooms of a list and the users in it.
    fn subscribe(&mut self, list: &RoomList) {
        let rooms = list.entries.iter().map(|entry| entry.room);
        self.app.live.notifier().add_rooms(self.user.id, rooms);
        let people = list.entries.iter().flat_map(|entry| entry.people.iter());
        self.subscription.watch(people.copied());
    }

    /// Reads the counts again, for a page that shows a room without reading it.
    pub fn refresh(&self) {
        self.subscription.signal.refresh();
    }

    /// Waits for changes. Cancel-safe.
    pub async fn invalidated(&self) {
        self.subscription.signal.notified().await;
    }

    /// Updates as HTML fragments, only where the page differs.
    pub async fn updates(&mut self) -> Result<Vec<String>> {
        let changed = self.subscription.signal.take();
        let list = self.rooms.list(self.user.id).await?;
        let Some(before) = self.shown.replace(list.clone()) else {
            return Ok(vec![self.view(&list).whole()?]);
        };
        if changed.room_list {
            self.subscribe(&list);
        }
        let sidebar = self.view(&list);
        let mut pieces = Vec::new();
        let title = |list: &RoomList| {
            let entry = list.entry(self.at?)?;
            Some((entry.name.clone(), entry.avatar, entry.emoji.clone()))
        };
        if title(&list) != title(&before) {
            pieces.extend(sidebar.name()?);
        }
        if !list.has_same_rows(&before, self.at) {
            pieces.push(sidebar.whole()?);
        } else if list.serial != before.serial {
            let badges = |entry: &RoomEntry| (entry.room, (entry.counts.clone(), entry.notify));
            let old: HashMap<_, _> = before.entries.iter().map(badges).collect();
            for (room, new) in list.entries.iter().map(badges) {
                if old.get(&room) != Some(&new) {
                    pieces.extend(sidebar.badges(room)?);
                }
            }
            let totals = |list: &RoomList| (list.mentions(), list.threads(), list.waiting(self.at));
            if totals(&list) != totals(&before) {
                pieces.push(sidebar.totals()?);
            }
        }
        for person in changed.users {
            pieces.push(sidebar.dot(person)?);
        }
        Ok(pieces)
    }

    fn view(&self, list: &Arc<RoomList>) -> SidebarView {
        SidebarView::new(&self.user.viewer(), list.clone(), self.at, &self.app.live)
    }
}

/// Socket of a page without a room.
pub struct SidebarSocket {
    feed: SidebarFeed,
    online: Option<OnlineGuard>,
}

impl SidebarSocket {
    /// The user counts as online from the first frame on.
    pub fn new(user: User, page: PageState, app: App, rooms: Rooms) -> SidebarSocket {
        SidebarSocket {
            feed: SidebarFeed::new(user, None, page, (app, rooms)),
            online: None,
        }
    }
}

impl SocketHandler for SidebarSocket {
    const READS_HTML: bool = true;

    async fn on_open(&mut self) -> Result<Vec<String>> {
        self.feed.open().await
    }

    async fn replay(&mut self, rev: i64) -> Result<Replay> {
        let pieces = Vec::new();
        Ok(Replay { pieces, rev })
    }

    fn on_ready(&mut self) {
        let online = self.feed.app.live.online();
        self.online = Some(online.connect(self.feed.user.id));
    }

    fn on_text(&mut self, _: String) -> TextReply {
        Box::pin(std::future::ready(None)) // the page sends nothing
    }

    async fn invalidated(&self) {
        self.feed.invalidated().await;
    }

    async fn updates(&mut self) -> Result<Vec<String>> {
        self.feed.updates().await
    }

    fn heartbeat(&self) -> Option<String> {
        Some(format!(r#"{{"heartbeat":{}}}"#, time::now()))
    }
}
