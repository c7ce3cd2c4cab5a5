//! The room page and the pieces of its list.

use std::sync::Arc;

use askama::{Template, filters::HtmlSafe};

use crate::{
    db::{
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    messages::{self, Message, Shown, Thread, Version},
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
            page: Page::new(&member.room.name),
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

/// The message that an address names, and what its reader can do with it without JavaScript.
pub struct Focus {
    pub message: Shown,
    /// Its text, or what was typed instead of it.
    pub text: String,
    /// Why that was refused.
    pub error: Option<String>,
    pub mine: bool,
    pub may_delete: bool,
    pub may_pin: bool,
    pub may_post: bool,
    pub saved: bool,
}

impl Focus {
    /// A message as `member` sees it; maybe with a text that was refused, and why.
    pub fn new(
        member: &Member,
        message: &Message,
        saved: bool,
        refused: Option<(String, Error)>,
    ) -> Focus {
        let (text, error) = match refused {
            Some((text, why)) => (text, Some(why.to_string())),
            None => (message.body.as_str().to_owned(), None),
        };
        let mine = message.author == member.user.id;
        let delete = if mine {
            Action::Withdraw
        } else {
            Action::Moderate
        };
        Focus {
            message: Shown::of(message),
            text,
            error,
            mine,
            may_delete: member.may(delete),
            may_pin: member.may(Action::Pin),
            may_post: member.may(Action::Post),
            saved,
        }
    }
}

/// A thread beside a room.
#[derive(Template)]
#[template(path = "timeline/side.html")]
pub struct Side {
    room_id: RoomId,
    root: Shown,
    answers: Vec<Shown>,
    older: Option<MessageId>,
    following: bool,
    /// The newest answer that they have read.
    read: i64,
    may_post: bool,
    rev: i64,
    /// What stays in the box, and why it was refused.
    draft: String,
    error: Option<String>,
    client_id: String,
}

/// Its own template escapes what people wrote; the page around it takes it as it is.
impl HtmlSafe for Side {}

impl Side {
    /// A thread as `member` sees it.
    pub fn new(member: &Member, thread: &Thread) -> Side {
        Side {
            room_id: member.room.id,
            root: Shown::as_root(&thread.root),
            answers: thread.answers.messages.iter().map(Shown::of).collect(),
            older: older(&thread.answers),
            following: thread.following,
            read: thread.read,
            may_post: member.may(Action::Post),
            rev: thread.answers.rev,
            draft: String::new(),
            error: None,
            client_id: uuid::Uuid::now_v7().to_string(),
        }
    }

    /// Keeps a text that was refused, and says why.
    pub fn refuse(&mut self, refused: Option<(String, Error)>) {
        if let Some((text, why)) = refused {
            (self.draft, self.error) = (text, Some(why.to_string()));
        }
    }
}

/// What a message said, the oldest first.
#[derive(Template)]
#[template(path = "timeline/edits.html")]
pub struct Edits {
    page: Page,
    rail: Rail,
    room: Room,
    message: Shown,
    versions: Vec<ShownVersion>,
}

/// What it said for a while.
pub struct ShownVersion {
    pub body: String,
    pub iso: String,
    pub day: String,
    pub clock: String,
}

impl Edits {
    /// The page of a message's versions.
    pub fn new(member: &Member, message: &Message, versions: Vec<Version>, rail: Rail) -> Edits {
        let shown = |version: Version| ShownVersion {
            body: version.body,
            iso: time::iso(version.written_at),
            day: time::day_label(version.written_at),
            clock: time::clock(version.written_at),
        };
        Edits {
            page: Page::new("Edits"),
            rail,
            room: member.room.clone(),
            message: Shown::of(message),
            versions: versions.into_iter().map(shown).collect(),
        }
    }
}

/// The pinned messages of a room.
#[derive(Template)]
#[template(path = "timeline/pins.html")]
pub struct Pins {
    page: Page,
    rail: Rail,
    me: UserId,
    room: Room,
    may_pin: bool,
    messages: Vec<Shown>,
}

impl Pins {
    /// The page of a room's pins.
    pub fn new(member: &Member, messages: &[Message], rail: Rail) -> Pins {
        Pins {
            page: Page::new(&format!("Pinned in {}", member.room.name)),
            rail,
            me: member.user.id,
            room: member.room.clone(),
            may_pin: member.may(Action::Pin),
            messages: messages.iter().map(Shown::alone).collect(),
        }
    }
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
