//! The room page and the pieces of its list.

use std::sync::Arc;

use askama::Template;

use crate::{
    accounts::User,
    db::ids::{MessageId, RoomId},
    error::Result,
    messages::{self, Shown},
    presence::Present,
    rooms::{Member, Room},
    web::{
        page::Page,
        pieces::{Pieces, Sheet, Slot},
    },
};

/// A room as a page, at its newest messages or at some point of its history.
#[derive(Template)]
#[template(path = "timeline/room.html")]
pub struct RoomPage {
    page: Page,
    me: User,
    room: Room,
    rev: i64,
    is_empty: bool,
    list: Slot,
    presence: Present,
    /// What stays in the box.
    pub draft: String,
    /// Why the last post was refused.
    pub error: Option<String>,
    /// Makes the form's post repeatable without JavaScript.
    pub client_id: String,
    /// History: no socket and no box.
    pub archive: bool,
    /// Without JavaScript: do not refresh while somebody writes.
    pub paused: bool,
}

impl RoomPage {
    /// The page of `member` at a rev, around a list of messages that comes later.
    pub fn new(member: Member, rev: i64, presence: Present) -> RoomPage {
        RoomPage {
            page: Page::new(&member.room.name),
            room: member.room,
            me: member.user,
            rev,
            is_empty: false,
            list: Slot,
            presence,
            draft: String::new(),
            error: None,
            client_id: uuid::Uuid::now_v7().to_string(),
            archive: false,
            paused: false,
        }
    }

    /// The page with its messages.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn around(mut self, list: Arc<Sheet>) -> Result<Pieces> {
        self.is_empty = list.is_empty();
        Pieces::around(&self, list)
    }
}

/// Older messages to be put before those of a page, with the link to still older ones.
#[derive(Template)]
#[template(path = "messages/older.html")]
pub struct Older {
    room_id: RoomId,
    older: Option<MessageId>,
    messages: Vec<Shown>,
}

impl Older {
    /// A piece of history.
    pub fn new(room_id: RoomId, read: &messages::Page) -> Older {
        let messages = read.messages.iter().map(Shown::of).collect();
        Older {
            room_id,
            older: older(read),
            messages,
        }
    }

    /// Messages without a link before them.
    pub fn without_link(room_id: RoomId, read: &messages::Page) -> Older {
        Older {
            older: None,
            ..Older::new(room_id, read)
        }
    }
}

fn older(read: &messages::Page) -> Option<MessageId> {
    read.messages
        .first()
        .filter(|_| read.more)
        .map(|message| message.id)
}
