//! Parts of a room's history as JSON, cached for all readers.

use std::sync::Arc;

use serde::Serialize;

use super::part_cache::{CachedPart, PartCache, Published};
use crate::{
    db::ids::RoomId,
    error::Result,
    messages::{MessageJson, MessagePage, Messages, Window},
    rooms::Member,
    web::cached_page::CachedText,
};

/// A part of a room's messages as JSON.
#[derive(Serialize)]
struct HistoryJson<'a> {
    messages: Vec<MessageJson<'a>>,
    rev: i64,
    more: bool,
}

/// Cache of parts.
#[derive(Default)]
pub struct JsonHistory(PartCache<(RoomId, Window)>);

impl JsonHistory {
    /// Removes all parts of a room from memory.
    pub fn remove(&self, room: RoomId) {
        self.0.remove_where(|(one, _)| *one == room);
    }

    /// A window of a member's room, at least as new as any response sent to a client.
    pub async fn of(
        &self,
        member: &Member,
        window: Window,
        messages: &Messages,
    ) -> Result<Arc<CachedText>> {
        let room = member.room.id;
        let published = Published::of(messages, room);
        let read = async {
            let read = messages.read(member, window).await?;
            Ok(CachedPart {
                rev: read.rev,
                names: published.names,
                first: read.messages.first().map(|message| message.id),
                text: CachedText::new(json(window, &read)),
            })
        };
        let part = self.0.get_or_read((room, window), published, read).await?;
        Ok(part.text.clone())
    }
}

fn json(window: Window, read: &MessagePage) -> String {
    // A client that reads changes continues from the last one, also while there are more.
    let last = read.messages.last();
    let last = last.filter(|_| read.more && matches!(window, Window::After(..)));
    let history = HistoryJson {
        messages: read.messages.iter().map(MessageJson::from).collect(),
        rev: last.map_or(read.rev, |message| message.rev),
        more: read.more,
    };
    serde_json::to_string(&history).expect("all types have string keys")
}
