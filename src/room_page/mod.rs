//! The room page and its socket: messages, threads, presence and reading in one place.

mod html;
pub mod http;
mod join;
mod json_history;
mod newest;
mod part_cache;
mod socket;

pub use join::offer_to_join;

use std::sync::Arc;

use crate::{
    app::App,
    db::ids::{MessageId, RoomId},
    error::{Error, Result},
    events::Event,
    messages::{self, Changes, MessagePage, Messages},
    presence::Presence,
    reading::Reading,
    rooms::{Member, Rooms},
    threads::Threads,
    web::{cached_page::CachedText, framed::Framed, state::Handle},
};
use html::{RoomPage, UnreadPill};
use json_history::JsonHistory;
use newest::NewestPages;

/// The features that the room page combines.
pub struct RoomPages {
    app: App,
    rooms: Rooms,
    messages: Messages,
    threads: Threads,
    reading: Reading,
    presence: Presence,
    newest: NewestPages,
    json_history: JsonHistory,
}

impl Handle for Arc<RoomPages> {}

impl RoomPages {
    /// Room pages of this server.
    pub fn new(
        app: App,
        rooms: Rooms,
        messages: Messages,
        (threads, reading): (Threads, Reading),
        presence: Presence,
    ) -> Arc<RoomPages> {
        let events = app.events.clone();
        let pages = Arc::new(RoomPages {
            app,
            rooms,
            messages,
            threads,
            reading,
            presence,
            newest: NewestPages::default(),
            json_history: JsonHistory::default(),
        });
        let cached = Arc::downgrade(&pages);
        events.after_commit(move |event| {
            if let (Some(room), Some(pages)) = (outdated(event), cached.upgrade()) {
                pages.newest.remove(room);
                pages.json_history.remove(room);
            }
        });
        pages
    }

    /// The page of a room around a list of messages that was read at `rev`; `adjust` changes the page. `listed_from` is
    /// the first of the messages if they are the newest ones.
    async fn framed(
        &self,
        member: Member,
        (rev, messages): (i64, Arc<CachedText>),
        listed_from: Option<MessageId>,
        adjust: impl FnOnce(&mut RoomPage) + Send + 'static,
    ) -> Result<Framed> {
        let list = self.rooms.list(member.user.id).await?;
        let entry = list.entry(member.room.id).cloned();
        let first = entry.as_ref().and_then(|entry| entry.counts.first_unread);
        let unread = first.zip(listed_from);
        let since = match unread {
            Some((first, from)) if first < from => self.messages.sent_at(first).await?,
            _ => None,
        };
        let size = self.rooms.size(&member).await?;
        let emoji = self.messages.picker_address().await?;
        let presence = self.presence.clone();
        let (viewer, room) = (member.user.viewer(), member.room.clone());
        let settings = self.app.settings.clone();
        let content = move || {
            let attendees = presence.with(&member);
            let mut page = RoomPage::new(member, rev, entry.as_ref(), attendees, size);
            page.emoji = emoji;
            page.describe_server(&settings);
            adjust(&mut page);
            if let (Some(entry), Some((first, _))) = (&entry, unread) {
                page.unread = Some(UnreadPill::new(first, entry.counts.unread, since));
            }
            page.around(messages)
        };
        Ok(Framed::of_room(viewer, &room.name, room.id, content))
    }

    /// The page of a room at its newest messages.
    async fn newest_framed(
        &self,
        member: Member,
        adjust: impl FnOnce(&mut RoomPage) + Send + 'static,
    ) -> Result<Framed> {
        let newest = self.newest.of(&member, &self.messages).await?;
        let messages = (newest.rev, newest.text.clone());
        self.framed(member, messages, newest.first, adjust).await
    }
}

/// The room whose cached pages contain a text that no longer exists.
fn outdated(event: &Event) -> Option<RoomId> {
    match event {
        Event::RoomDeleted(room) => Some(*room),
        _ => event.erased_text().map(|(room, _)| room),
    }
}

/// Renders the changes of a room as HTML, empty when there are none. A socket sends it as one frame, because its revs
/// are not in order: messages are in the order of posting and have the rev of their last change. A client that received
/// a part and reconnected with the newest rev in it would miss the rest.
fn changes_html(room: RoomId, changes: Changes) -> Result<String> {
    if changes.reset {
        let newest = MessagePage {
            messages: changes.fresh,
            rev: changes.rev,
            more: changes.more,
        };
        return messages::reset(room, &newest);
    }
    let gap = changes.gap.map(|gap| messages::gap_push(room, gap));
    gap.into_iter()
        .chain(changes.fresh.iter().map(messages::push))
        .chain(changes.revised.iter().map(messages::replace))
        .collect()
}

/// Error for a user who posts in a room of which they are no longer a member.
fn no_longer_member() -> Error {
    let what = "You no longer have access to this room. Your draft is below so you can copy it.";
    Error::Conflict(what.into())
}
