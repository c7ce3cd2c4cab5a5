//! Typing indicators: published at most once a second, expired after 5 s, never stored.

use std::time::{Duration, Instant};

use askama::Template;

use super::{
    Presence, UPDATE_INTERVAL,
    html::{PresenceHtml, Typist},
};
use crate::{db::ids::RoomId, error::Result, rooms::Member};

/// Time after which a user without input is no longer typing.
const EXPIRY: Duration = Duration::from_secs(5);
/// Names in one update: one more than a page shows, because the reader may be among them.
const NAMES: usize = 4;
/// Limit of typing users tracked per room.
const TRACKED: usize = 64;

impl Presence {
    /// Records that `member` is typing.
    pub fn typing(&self, member: &Member) {
        let (room, id) = (member.room.id, member.user.id);
        let now = Instant::now();
        let name = self.name_of(member);
        let mut rooms = self.0.typing.lock();
        let typists = rooms.entry(room).or_default();
        let is_first = typists.is_empty();
        if let Some(typist) = typists.iter_mut().find(|typist| typist.id == id) {
            if typist.until <= now {
                typist.began = now;
            }
            typist.until = now + EXPIRY;
        } else if typists.len() < TRACKED {
            typists.push(Typist {
                id,
                name,
                began: now,
                until: now + EXPIRY,
            });
        }
        drop(rooms);
        if is_first {
            tokio::spawn(publish_typists(self.clone(), room));
        }
    }

    /// Records that `member` has sent the message.
    pub fn stopped_typing(&self, member: &Member) {
        if let Some(typists) = self.0.typing.lock().get_mut(&member.room.id)
            && let Some(typist) = typists.iter_mut().find(|t| t.id == member.user.id)
        {
            typist.until = Instant::now();
        }
    }

    /// HTML of the typing users, also of none, for a page that connects.
    pub fn typing_html(&self, room: RoomId) -> Result<String> {
        let rooms = self.0.typing.lock();
        let typists = rooms
            .get(&room)
            .map_or_else(Vec::new, |all| still_typing(all));
        drop(rooms);
        Ok(PresenceHtml::Typing { typists: &typists }.render()?)
    }

    /// Typing users to publish. Removes a room without any.
    fn typists(&self, room: RoomId) -> Vec<Typist> {
        let (mut rooms, now) = (self.0.typing.lock(), Instant::now());
        let Some(typists) = rooms.get_mut(&room) else {
            return Vec::new();
        };
        typists.retain(|typist| typist.until > now);
        let named = still_typing(typists);
        if named.is_empty() {
            rooms.remove(&room);
        }
        named
    }
}

/// The first users who are still typing, in the order they started.
fn still_typing(typists: &[Typist]) -> Vec<Typist> {
    let now = Instant::now();
    let typing = typists.iter().filter(|typist| typist.until > now);
    typing.take(NAMES).cloned().collect()
}

/// Publishes updates until no user is typing in the room.
async fn publish_typists(presence: Presence, room: RoomId) {
    let mut published = Vec::new();
    loop {
        let typists = presence.typists(room);
        if typists != published {
            match (PresenceHtml::Typing { typists: &typists }).render() {
                Ok(html) => presence.publish(room, &html, None),
                Err(error) => tracing::error!(%error, "who writes could not be rendered"),
            }
        }
        if typists.is_empty() {
            return;
        }
        published = typists;
        tokio::time::sleep(UPDATE_INTERVAL).await;
    }
}
