//! Who is writing in a room: told at most once a second, forgotten after five, never stored.

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

/// Who has not typed for this long writes no more.
const EXPIRY: Duration = Duration::from_secs(5);
/// A room is told at most this often.
const CALM: Duration = Duration::from_secs(1);
/// Names that are told; one more than a reader is shown, who may be one of them.
const NAMES: usize = 4;
/// People remembered in one room: more cannot be told anyhow.
const KEEP: usize = 64;

/// Who writes where.
#[derive(Default)]
pub struct Typing(Mutex<HashMap<RoomId, Vec<Typist>>>);

/// Somebody who writes.
pub struct Typist {
    /// Their account.
    pub id: UserId,
    /// Their name.
    pub username: Arc<str>,
    /// Since when: who sent something and begins anew is told again.
    began: Instant,
    until: Instant,
}

/// Somebody who is told of: who, and since when.
type Told = (UserId, Arc<str>, Instant);

impl Presence {
    /// `member` is writing.
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

    /// `member` has sent what they wrote.
    pub fn stopped_typing(&self, member: &Member) {
        if let Some(typists) = self.0.typing.lock().get_mut(&member.room.id)
            && let Some(typist) = typists.iter_mut().find(|t| t.id == member.user.id)
        {
            typist.until = Instant::now();
        }
    }

    /// Who writes now, in the order they began; the room is forgotten with the last.
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

/// Tells a room until nobody writes in it any more.
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
