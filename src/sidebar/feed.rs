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
    /// The serial of the list that it was made with.
    pub(super) list: Option<u64>,
    /// The ids of people on it, with commas between; negative for those it shows as away.
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
        let ids = self
            .people
            .split(',')
            .filter_map(|id| id.parse::<i64>().ok());
        ids.take(WATCHED)
            .map(|id| (UserId(id.saturating_abs()), id > 0))
    }
}

/// The feed of one page.
pub struct SidebarFeed {
    user: User,
    /// The room that the page shows.
    at: Option<RoomId>,
    app: App,
    rooms: Rooms,
    hung: Subscription,
    /// List state that the page shows; `None` if unknown.
    shown: Option<Arc<RoomList>>,
    /// State sent by the page; `None` once handled.
    made: Option<Box<PageState>>,
}

impl SidebarFeed {
    /// For a page of `user`.
    pub fn new(
        user: User,
        at: Option<RoomId>,
        made: PageState,
        (app, rooms): (App, Rooms),
    ) -> SidebarFeed {
        let hung = app.live.notifier().subscribe(user.id, at);
        SidebarFeed {
            user,
            at,
            app,
            rooms,
            hung,
            shown: None,
            made: Some(Box::new(made)),
        }
    }

    /// From here on the page is told of changes. What changed since it was made comes at once.
    pub async fn open(&mut self) -> Result<Vec<String>> {
        let missed = self.hung.signal.take().users;
        let list = self.rooms.list(self.user.id).await?;
        self.attend(&list);
        let made = self.made.take();
        let shown: Vec<(UserId, bool)> = made.iter().flat_map(|made| made.people()).collect();
        self.hung.watch(shown.iter().map(|(person, _)| *person));
        // Read again: changes published before the subscription above were not signalled.
        let list = self.rooms.list(self.user.id).await?;
        let known = match made {
            Some(made) => made.list == Some(list.serial),
            None => self
                .shown
                .as_ref()
                .is_some_and(|shown| shown.serial == list.serial),
        };
        self.shown = Some(list.clone());
        let sidebar = self.view(&list);
        let mut pieces = Vec::new();
        if !known {
            pieces.push(sidebar.whole()?);
        }
        let online = self.app.live.online();
        let changed = shown
            .into_iter()
            .filter(|(id, on)| online.is_online(*id) != *on);
        for person in changed.map(|(id, _)| id).chain(missed) {
            pieces.push(sidebar.dot(person)?);
        }
        Ok(pieces)
    }

    /// Subscribes to the rooms of a list and the users in it.
    fn attend(&mut self, list: &RoomList) {
        let rooms = list.entries.iter().map(|entry| entry.room);
        self.app.live.notifier().add_rooms(self.user.id, rooms);
        let people = list.entries.iter().flat_map(|entry| entry.people.iter());
        self.hung.watch(people.copied());
    }

    /// Waits for changes. Cancel-safe.
    pub async fn invalidated(&self) {
        self.hung.signal.notified().await;
    }

    /// Updates as HTML fragments, only where the page differs.
    pub async fn updates(&mut self) -> Result<Vec<String>> {
        let changed = self.hung.signal.take();
        let list = self.rooms.list(self.user.id).await?;
        let Some(before) = self.shown.replace(list.clone()) else {
            return Ok(vec![self.view(&list).whole()?]);
        };
        if changed.room_list {
            self.attend(&list);
        }
        let sidebar = self.view(&list);
        let mut pieces = Vec::new();
        let called = |list: &RoomList| self.at.and_then(|at| Some(list.entry(at)?.name.clone()));
        if called(&list) != called(&before) {
            pieces.extend(sidebar.name()?);
        }
        if !list.has_same_rows(&before) {
            pieces.push(sidebar.whole()?);
        } else if list.serial != before.serial {
            let old: HashMap<RoomId, &RoomEntry> = before
                .entries
                .iter()
                .map(|entry| (entry.room, entry))
                .collect();
            for new in &list.entries {
                let says =
                    |old: &&RoomEntry| (&old.counts, old.notify) == (&new.counts, new.notify);
                if !old.get(&new.room).is_some_and(says) {
                    pieces.extend(sidebar.badges(new.room)?);
                }
            }
            let totals = |list: &RoomList| (list.mentions(), list.threads());
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

/// Socket of a page that shows no room.
pub struct SidebarSocket {
    feed: SidebarFeed,
    online: Option<OnlineGuard>,
}

impl SidebarSocket {
    /// Not awake yet: that comes with the first frame.
    pub fn new(user: User, made: PageState, app: App, rooms: Rooms) -> SidebarSocket {
        SidebarSocket {
            feed: SidebarFeed::new(user, None, made, (app, rooms)),
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
        Ok(Replay {
            pieces: Vec::new(),
            rev,
        })
    }

    fn on_ready(&mut self) {
        let online = self.feed.app.live.online();
        self.online = Some(online.connect(self.feed.user.id));
    }

    fn on_text(&mut self, _: String) -> TextReply {
        Box::pin(std::future::ready(None)) // there is nothing to say here
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
