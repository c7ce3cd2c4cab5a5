//! The newest page of each room, kept as HTML: it is the same for everyone, and most ask for it.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::html::Older;
use crate::{
    db::ids::{MessageId, RoomId},
    error::Result,
    messages::{Messages, PAGE, Window},
    rooms::Member,
    web::cached_page::CachedHtml,
};

/// Bytes of HTML that are kept for all rooms; past them it starts again.
const MAX_BYTES: usize = 16 << 20;

/// The newest messages of a room.
pub struct Newest {
    /// The room's rev when they were read.
    pub rev: i64,
    /// The first of them, if there are any.
    pub first: Option<MessageId>,
    /// Their HTML.
    pub html: Arc<CachedHtml>,
}

/// The rooms' newest pages. Cheap to clone.
#[derive(Clone, Default)]
pub struct NewestPages(Arc<Mutex<PageCache>>);

#[derive(Default)]
struct PageCache {
    pages: HashMap<RoomId, Arc<Newest>>,
    bytes: usize,
}

impl NewestPages {
    /// The newest page of a member's room, at least as new as anything that was answered to anybody:
    /// a change is published before it is answered, so a page of the newest published rev is enough,
    /// and before the first publication since the start nothing has changed.
    pub async fn of(&self, member: &Member, messages: &Messages) -> Result<Arc<Newest>> {
        let room = member.room.id;
        let published = messages.published(room);
        let known = self.0.lock().pages.get(&room).cloned();
        if let Some(known) = known.filter(|known| published.is_none_or(|rev| rev <= known.rev)) {
            return Ok(known);
        }
        let read = messages.read(member, Window::Newest(PAGE)).await?;
        let html = askama::Template::render(&Older::new(room, &read))?;
        let newest = Arc::new(Newest {
            rev: read.rev,
            first: read.messages.first().map(|message| message.id),
            html: CachedHtml::new(html),
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
