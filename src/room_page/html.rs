//! The room page and the pieces of its list.

use std::sync::Arc;

use askama::Template;

use crate::{
    db::ids::{MessageId, RoomId, UserId},
    error::{Error, Result},
    messages::{Message, MessagePage, Shown},
    presence::RoomAttendees,
    rooms::{Action, Member, Room, RoomEntry},
    threads::ThreadPanel,
    web::{
        cached_page::{CONTENT_SLOT, CachedHtml, ContentSlot},
        framed::{Content, rendered},
        page::Page,
    },
};

/// A room as a page, at its newest messages or at some point of its history.
#[derive(Template)]
#[template(path = "room_page/room.html")]
pub struct RoomPage {
    me: UserId,
    room: Room,
    kind: &'static str,
    may_post: bool,
    may_invite: bool,
    rev: i64,
    is_empty: bool,
    list: ContentSlot,
    /// The reader's last-read position, and the first message after it that is not theirs.
    read: i64,
    new: Option<MessageId>,
    /// Text to keep in the message box.
    pub draft: String,
    /// Why the last post was refused.
    pub error: Option<String>,
    /// Makes the form's post repeatable without JavaScript.
    pub client_id: String,
    /// History: no socket and no box.
    pub archive: bool,
    /// Without JavaScript: do not refresh while someone writes.
    pub paused: bool,
    /// The message that its address names.
    pub focus: Option<Focus>,
    /// The thread beside it.
    pub side: Option<ThreadPanel>,
    /// Further rights of the reader in this room, for the scripts: "pin", "moderate".
    may: String,
    /// The users who have this room open.
    attendees: RoomAttendees,
}

impl RoomPage {
    /// The page of `member` at a rev, around a list of messages that is added later. `entry` is the room in
    /// the reader's list.
    pub fn new(
        member: Member,
        rev: i64,
        entry: Option<&RoomEntry>,
        attendees: RoomAttendees,
    ) -> RoomPage {
        RoomPage {
            me: member.user.id,
            kind: member.room.kind.name(),
            may_post: member.may(Action::Post),
            may_invite: member.may(Action::Invite),
            may: may(&member),
            room: member.room,
            rev,
            is_empty: false,
            list: CONTENT_SLOT,
            read: entry.map_or(0, |entry| entry.counts.read),
            new: entry.and_then(|entry| entry.counts.first_unread),
            attendees,
            draft: String::new(),
            error: None,
            client_id: uuid::Uuid::now_v7().to_string(),
            archive: false,
            paused: false,
            focus: None,
            side: None,
        }
    }

    /// The content of the page with its messages.
    pub fn around(mut self, list: Arc<CachedHtml>) -> Result<Content> {
        self.is_empty = list.is_empty();
        let aside = Attendees {
            presence: &self.attendees,
        };
        Ok(Content {
            head: rendered(&Head { room: &self })?,
            aside: rendered(&aside)?,
            main: rendered(&self)?,
            shared: Some(list),
        })
    }
}

/// Additions of a room page to the document's head.
#[derive(Template)]
#[template(path = "room_page/head.html")]
struct Head<'a> {
    room: &'a RoomPage,
}

/// The list of users who have the room open, for the sidebar.
#[derive(Template)]
#[template(path = "presence/section.html")]
struct Attendees<'a> {
    presence: &'a RoomAttendees,
}

impl RoomPage {
    /// Whether the page refreshes itself without JavaScript: not while it holds something that is typed.
    fn refreshes(&self) -> bool {
        let is_held = self.paused || self.archive || !self.draft.is_empty();
        !is_held && self.focus.is_none() && self.side.is_none()
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
#[template(path = "messages/message_list.html")]
pub struct Older {
    room_id: RoomId,
    older: Option<MessageId>,
    newer: Option<MessageId>,
    messages: Vec<Shown>,
}

impl Older {
    /// A piece of history.
    pub fn new(room_id: RoomId, read: &MessagePage) -> Older {
        let messages = read.messages.iter().map(Shown::of).collect();
        Older {
            room_id,
            older: read.older(),
            newer: None,
            messages,
        }
    }

    /// A piece out of the middle, with a link to newer messages after it if there are any.
    pub fn with_newer(room_id: RoomId, read: &MessagePage, newer: bool) -> Older {
        let last = read.messages.last().filter(|_| newer);
        Older {
            newer: last.map(|message| message.id),
            ..Older::new(room_id, read)
        }
    }

    /// Messages that follow those of a page, for the client to append.
    pub fn going_on(room_id: RoomId, read: &MessagePage) -> Older {
        Older {
            older: None,
            ..Older::with_newer(room_id, read, read.more)
        }
    }

    /// The same as a page of its own: there are older ones before it.
    pub fn newer(room_id: RoomId, read: &MessagePage) -> Older {
        Older {
            older: read.messages.first().map(|message| message.id),
            ..Older::going_on(room_id, read)
        }
    }

    /// Messages without a link before them.
    pub fn without_link(room_id: RoomId, read: &MessagePage) -> Older {
        Older {
            older: None,
            ..Older::new(room_id, read)
        }
    }
}

/// Puts the line "new" above a message.
#[derive(Template)]
#[template(path = "room_page/unread_divider.css", escape = "none")]
pub struct NewStyles {
    /// The message.
    pub id: MessageId,
}

/// Marks the message that an address names.
#[derive(Template)]
#[template(path = "room_page/permalink.css", escape = "none")]
pub struct AtStyles {
    /// The message.
    pub id: MessageId,
}

/// For someone who wrote in a room that they are out of: what they wrote.
#[derive(Template)]
#[template(path = "room_page/not_sent.html")]
pub struct NotSent {
    page: Page,
    text: String,
}

impl NotSent {
    /// The page around a text.
    pub fn new(text: String) -> NotSent {
        NotSent {
            page: Page::new("Message not sent"),
            text,
        }
    }
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
