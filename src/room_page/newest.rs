//! Cached HTML of each room's newest page, which is the same for all readers.

use std::sync::Arc;

use askama::Template;

use super::{
    html::HistoryPart,
    part_cache::{CachedPart, PartCache, Published},
};
use crate::{
    db::ids::RoomId,
    error::Result,
    messages::{Messages, PAGE, Window},
    rooms::Member,
    web::cached_page::CachedText,
};

/// Cache of the rooms' newest pages.
#[derive(Default)]
pub struct NewestPages(PartCache<RoomId>);

impl NewestPages {
    /// Removes the page of a room from memory.
    pub fn remove(&self, room: RoomId) {
        self.0.remove_where(|one| *one == room);
    }

    /// The newest page of a member's room, at least as new as any response sent to a client.
    pub async fn of(&self, member: &Member, messages: &Messages) -> Result<Arc<CachedPart>> {
        let room = member.room.id;
        let published = Published::of(messages, room);
        let read = async {
            let read = messages.read(member, Window::Newest(PAGE)).await?;
            let list = HistoryPart::new(room, read.older(), &read, false);
            Ok(CachedPart {
                rev: read.rev,
                names: published.names,
                first: read.messages.first().map(|message| message.id),
                text: CachedText::new(list.render()?),
            })
        };
        self.0.get_or_read(room, published, read).await
    }
}
