//! Cached HTML of each room's newest page, which is the same for all readers.

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use parking_lot::Mutex;

use super::html::HistoryPart;
use crate::{
    db::ids::{MessageId, RoomId},
    error::Result,
    messages::{Messages, PAGE, Window},
    rooms::Member,
    web::cached_page::CachedHtml,
};

/// Limit of cached HTML of all rooms (bytes). The cache is cleared when full.
const MAX_BYTES: usize = 16 << 20;

/// The newest messages of a room.
pub struct Newest {
    /// The room's rev when they were read.
    pub rev: i64,
    /// The first of these messages.
    pub first: Option<MessageId>,
    pub html: Arc<CachedHtml>,
}

/// Cache of the rooms' newest pages.
#[derive(Default)]
pub struct NewestPages(Mutex<PageCache>);

#[derive(Default)]
struct PageCache {
    pages: HashMap<RoomId, Arc<Newest>>,
    bytes: usize,
}

impl NewestPages {
    /// The newest page of a member's room, at least as new as any response sent to a client: a change is published
    /// before it is answered, so a page of the newest published rev is enough. Before the first publication since
    /// the start, nothing has changed.
    pub async fn of(&self, member: &Member, messages: &Messages) -> Result<Arc<Newest>> {
        let room = member.room.id;
        let published = messages.published(room);
        let known = self.0.lock().pages.get(&room).cloned();
        if let Some(known) = known.filter(|known| published.is_none_or(|rev| rev <= known.rev)) {
            return Ok(known);
        }
        let read = messages.read(member, Window::Newest(PAGE)).await?;
        let list = HistoryPart::new(room, read.older(), &read, false);
        let newest = Arc::new(Newest {
            rev: read.rev,
            first: read.messages.first().map(|message| message.id),
            html: CachedHtml::new(list.render()?),
        });
        self.0.lock().insert(room, newest.clone());
        Ok(newest)
    }
}

impl PageCache {
    fn insert(&mut self, room: RoomId, newest: Arc<Newest>) {
        if self.bytes + newest.html.len() > MAX_BYTES {
            *self = PageCache::default();
        }
        self.bytes += newest.html.len();
        if let Some(old) = self.pages.insert(room, newest) {
            self.bytes -= old.html.len();
        }
    }
}
