//! The room page and the pieces of its list.

mod message;
mod side;

use std::sync::Arc;

use askama::Template;

pub use {
    message::{Edits, Focus, Pins},
    side::Side,
};

use crate::{
    db::ids::{MessageId, RoomId, UserId},
    error::Result,
    messages::{self, Shown},
    rooms::{Action, Member, Room},
    sidebar::{Rail, kind_name},
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
    rail: Rail,
    me: UserId,
    room: Room,
    kind: &'static str,
    may_post: bool,
    may_invite: bool,
    rev: i64,
    is_empty: bool,
    list: Slot,
    /// The reader's last-read position, and the first message after it that is not theirs.
    read: i64,
    new: Option<MessageId>,
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
    /// The message that its address names.
    pub focus: Option<Focus>,
    /// The thread beside it.
    pub side: Option<Side>,
    /// What else the reader may do here, for the scripts: "pin", "moderate".
    may: String,
}

impl RoomPage {
    /// The page of `member` at a rev, around a list of messages that comes later.
    pub fn new(member: Member, rev: i64, rail: Rail) -> RoomPage {
        let entry = rail.current();
        RoomPage {
            page: Page::new(&member.room.name).with_room_scripts(),
            me: member.user.id,
            kind: kind_name(member.room.kind),
            may_post: member.may(Action::Post),
            may_invite: member.may(Action::Invite),
            may: may(&member),
            room: member.room,
            rev,
            is_empty: false,
            list: Slot,
            read: entry.map_or(0, |entry| entry.counts.read),
            new: entry.and_then(|entry| entry.counts.first_unread),
            rail,
            draft: String::new(),
            error: None,
            client_id: uuid::Uuid::now_v7().to_string(),
            archive: false,
            paused: false,
            focus: None,
            side: None,
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

fn may(member: &Member) -> String {
    let words = [
        (Action::Post, "post"),
        (Action::Pin, "pin"),
        (Action::Moderate, "moderate"),
    ];
    let may = words.iter().filter(|(action, _)| member.may(*action));
    may.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// Older messages to be put before those of a page, with the link to still older ones.
#[derive(Template)]
#[template(path = "messages/older.html")]
pub struct Older {
    room_id: RoomId,
    older: Option<MessageId>,
    newer: Option<MessageId>,
    messages: Vec<Shown>,
}

impl Older {
    /// A piece of history.
    pub fn new(room_id: RoomId, read: &messages::Page) -> Older {
        let messages = read.messages.iter().map(Shown::of).collect();
        Older {
            room_id,
            older: older(read),
            newer: None,
            messages,
        }
    }

    /// A piece out of the middle, with a link to newer messages after it if there are any.
    pub fn with_newer(room_id: RoomId, read: &messages::Page, newer: bool) -> Older {
        let last = read.messages.last().filter(|_| newer);
        Older {
            newer: last.map(|message| message.id),
            ..Older::new(room_id, read)
        }
    }

    /// A piece that was read on from a message, to be put after those of a page.
    pub fn going_on(room_id: RoomId, read: &messages::Page) -> Older {
        Older {
            older: None,
            ..Older::with_newer(room_id, read, read.more)
        }
    }

    /// The same as a page of its own: there are older ones before it.
    pub fn newer(room_id: RoomId, read: &messages::Page) -> Older {
        Older {
            older: read.messages.first().map(|message| message.id),
            ..Older::going_on(room_id, read)
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

/// Puts the line "new" above a message.
#[derive(Template)]
#[template(path = "timeline/new.css", escape = "none")]
pub struct NewStyles {
    /// The message.
    pub id: MessageId,
}

/// Marks the message that an address names.
#[derive(Template)]
#[template(path = "timeline/at.css", escape = "none")]
pub struct AtStyles {
    /// The message.
    pub id: MessageId,
}

/// For somebody who wrote in a room that they are out of: what they wrote.
#[derive(Template)]
#[template(path = "timeline/gone.html")]
pub struct Gone {
    page: Page,
    text: String,
}

impl Gone {
    /// The page around a text.
    pub fn new(text: String) -> Gone {
        Gone {
            page: Page::new("Nothing here"),
            text,
        }
    }
}
