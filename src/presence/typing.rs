//! Typing indicators: published at most once a second, expired after 5 s, never stored.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};

use super::{Presence, html};
use crate::{
    db::ids::{RoomId, UserId},
    live::Publication,
    rooms::Member,
};

/// Time after which a user without input is no longer typing.
const EXPIRY: Duration = Duration::from_secs(5);
/// Minimum interval between two updates of a room.
const CALM: Duration = Duration::from_secs(1);
/// Names in one update: one more than a page shows, because the reader may be among them.
const NAMES: usize = 4;
/// Limit of typing users tracked per room.
const KEEP: usize = 64;

/// Typing users by room.
#[derive(Default)]
pub struct Typing(Mutex<HashMap<RoomId, Vec<Typist>>>);

/// User who is typing.
pub struct Typist {
    pub id: UserId,
    pub username: Arc<str>,
    /// Start of typing; renewed when the user continues after sending.
    began: Instant,
    until: Instant,
}

/// Published user: id, name and start.
type Told = (UserId, Arc<str>, Instant);

impl Presence {
    /// Records that `member` is typing.
    pub fn typing(&self, member: &Member) {
        let (room, id) = (member.room.id, member.user.id);
        let now = Instant::now();
        let mut rooms = self.0.typing.lock();
        let typists = rooms.entry(room).or_default();
        let quiet = typists.is_empty();
        if let Some(typist) = typists.iter_mut().find(|typist| typist.id == id) {
            if typist.until <= now {
                typist.began = now;
            }
            typist.until = now + EXPIRY;
        } else if typists.len() < KEEP {
            typists.push(Typist {
                id,
                username: member.user.username.clone(),
                began: now,
                until: now + EXPIRY,
            });
        }
        drop(rooms);
        if quiet {
            tokio::spawn(tell(self.clone(), room));
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

    /// Typing users in the order they started. Removes a room without any.
    fn typists(&self, room: RoomId) -> Vec<Told> {
        let (mut rooms, now) = (self.0.typing.lock(), Instant::now());
        let Some(typists) = rooms.get_mut(&room) else {
            return Vec::new();
        };
        typists.retain(|typist| typist.until > now);
        let named = typists.iter().take(NAMES);
        let names: Vec<_> = named.map(|t| (t.id, t.username.clone(), t.began)).collect();
        if names.is_empty() {
            rooms.remove(&room);
        }
        names
    }
}

/// Publishes updates until no user is typing in the room.
async fn tell(presence: Presence, room: RoomId) {
    let mut told = Vec::new();
    loop {
        let typists = presence.typists(room);
        if typists != told {
            let html = askama::Template::render(&html::Typists { typists: &typists });
            match html {
                Ok(html) => {
                    let live = &presence.0.app.live;
                    live.publish(room, Publication::new(None, &html, None));
                    live.flush();
                }
                Err(error) => tracing::error!(%error, "who writes could not be rendered"),
            }
        }
        if typists.is_empty() {
            return;
        }
        told = typists;
        tokio::time::sleep(CALM).await;
    }
}

impl Typing {
    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Vec<Typist>>> {
        self.0.lock()
    }
}
