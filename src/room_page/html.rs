//! The room page and the parts of its message list.

use std::sync::Arc;

use askama::{Template, filters::Safe};

use crate::{
    db::{
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    messages::{self, Message, MessagePage, Shown, ShownTime},
    notifications::NotifyLevel,
    presence::{PresenceHtml, RoomAttendees},
    rooms::{Action, MOST_COUNTED, Member, Room, RoomEntry},
    settings::{ServerSettings, Settings},
    threads::ThreadPanel,
    web::{
        cached_page::{CONTENT_SLOT, CachedText},
        framed::{Content, rendered},
        page::Page,
    },
};

/// Page of a room, at its newest messages or at a point of its history.
#[derive(Template)]
#[template(path = "room_page/room.html")]
pub struct RoomPage {
    me: UserId,
    /// URL of the emoji for the picker.
    pub emoji: String,
    room: Room,
    kind: &'static str,
    may_post: bool,
    /// Reason why the reader may not post now.
    refusal: Option<String>,
    may_invite: bool,
    may_describe: bool,
    rev: i64,
    is_empty: bool,
    /// Placeholder of the messages.
    list: Safe<char>,
    /// The reader's read position, and the first message of another user after it.
    read: i64,
    new: Option<MessageId>,
    /// Sentence about the retention; empty if messages are kept.
    pub retention: String,
    /// Time since which messages were sent that can still be edited (ms UTC); `None` without a limit.
    editable_since: Option<i64>,
    /// HTML of the welcome text of the server, for the empty default room; empty elsewhere.
    pub welcome: Safe<String>,
    /// Text of the message box.
    pub draft: String,
    /// Reason for the refusal of the last post.
    pub error: Option<String>,
    /// Client id of the form, so that a repeated post is harmless without JavaScript.
    pub client_id: String,
    pub unread: Option<UnreadPill>,
    /// Whether the page shows history, without a socket and a message box.
    pub archive: bool,
    /// Whether the page refreshes itself without JavaScript. It has no message box then, so that no text is lost.
    pub watching: bool,
    /// The message in the URL.
    pub focus: Option<Focus>,
    pub side: Option<ThreadPanel>,
    /// Rights of the reader in this room, for the scripts: "post", "pin", "moderate".
    may: String,
    attendees: RoomAttendees,
    /// Number of members.
    members: i64,
    favourite: bool,
    /// Whether the reader wants no notifications of the room.
    muted: bool,
    may_leave: bool,
}

impl RoomPage {
    /// The page for `member` at a rev, without its messages. `entry` is the room's entry in the reader's list.
    pub fn new(
        member: Member,
        rev: i64,
        entry: Option<&RoomEntry>,
        attendees: RoomAttendees,
        members: i64,
    ) -> RoomPage {
        RoomPage {
            me: member.user.id,
            emoji: String::new(),
            kind: member.room.kind.name(),
            may_post: member.may(Action::Post),
            refusal: member.refusal(Action::Post),
            may_invite: member.may(Action::Invite),
            may_describe: member.may(Action::Describe),
            may_leave: member.may(Action::Leave),
            may: may(&member),
            room: member.room,
            rev,
            is_empty: false,
            list: CONTENT_SLOT,
            read: entry.map_or(0, |entry| entry.counts.read),
            new: entry.and_then(|entry| entry.counts.first_unread),
            attendees,
            unread: None,
            members,
            favourite: entry.is_some_and(|entry| entry.favourite),
            muted: entry.is_some_and(|entry| entry.notify == NotifyLevel::Nothing),
            retention: String::new(),
            editable_since: None,
            welcome: Safe(String::new()),
            draft: String::new(),
            error: None,
            client_id: time::new_uuid().to_string(),
            archive: false,
            watching: false,
            focus: None,
            side: None,
        }
    }

    /// The content of the page with its messages.
    pub fn around(mut self, list: Arc<CachedText>) -> Result<Content> {
        self.is_empty = list.is_empty();
        let presence = &self.attendees;
        Ok(Content {
            head: rendered(&Head { room: &self })?,
            aside: rendered(&PresenceHtml::Section { presence })?,
            main: rendered(&self)?,
            shared: Some(list),
        })
    }

    /// Query of a search in this room.
    fn search_query(&self) -> String {
        format!("in:\"{}\" ", self.room.name.replace('"', " "))
    }

    /// Whether the page refreshes itself without JavaScript.
    fn refreshes(&self) -> bool {
        self.watching && !self.archive
    }
}

/// Way to the first unread message of a room.
pub struct UnreadPill {
    first: MessageId,
    /// The number of unread messages as displayed.
    count: String,
    /// Its time; `None` if the message is in the list of the page.
    since: Option<ShownTime>,
}

impl UnreadPill {
    /// The pill for a number of unread messages. `since` is the time (ms UTC) of a first one that the list lacks.
    pub fn new(first: MessageId, count: i64, since: Option<i64>) -> UnreadPill {
        UnreadPill {
            first,
            count: match count {
                MOST_COUNTED.. => "99+".into(),
                fewer => fewer.to_string(),
            },
            since: since.map(ShownTime::of),
        }
    }
}

/// Additions of a room page to the document's head.
#[derive(Template)]
#[template(path = "room_page/head.html")]
struct Head<'a> {
    room: &'a RoomPage,
}

fn may(member: &Member) -> String {
    let words = [
        (Action::Post, "post"),
        (Action::React, "react"),
        (Action::Pin, "pin"),
        (Action::Moderate, "moderate"),
    ];
    let may = words.iter().filter(|(action, _)| member.may(*action));
    may.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// Part of a room's history, with links to the messages before and after it.
#[derive(Template)]
#[template(path = "messages/message_list.html")]
pub struct HistoryPart {
    room_id: RoomId,
    older: Option<MessageId>,
    newer: Option<MessageId>,
    messages: Vec<Shown>,
}

impl HistoryPart {
    /// The messages of `read`. `older` is the id before which older ones begin; the last message gets a link to newer
    /// ones if `has_newer`.
    pub fn new(
        room_id: RoomId,
        older: Option<MessageId>,
        read: &MessagePage,
        has_newer: bool,
    ) -> HistoryPart {
        let last = read.messages.last().filter(|_| has_newer);
        HistoryPart {
            room_id,
            older,
            newer: last.map(|message| message.id),
            messages: read.messages.iter().map(Shown::of).collect(),
        }
    }
}

impl RoomPage {
    /// Adds texts that depend on the settings of the server.
    pub fn describe_server(&mut self, settings: &Settings) {
        let current = settings.current();
        self.retention = self.room.retention(current.retention_days).sentence();
        self.editable_since = messages::editable_since(&current);
        if self.room.is_default {
            self.welcome = Safe(settings.welcome_html());
        }
    }
}

/// Style sheet about one message.
#[derive(Template)]
pub enum MessageStyles {
    /// Puts the line "new" above it.
    #[template(path = "room_page/unread_divider.css", escape = "none")]
    Unread { id: MessageId },
    /// Marks it as the message in the URL.
    #[template(path = "room_page/permalink.css", escape = "none")]
    Linked { id: MessageId },
}

/// Page with an unsent text, for a user who is no longer a member of the room.
#[derive(Template)]
#[template(path = "room_page/not_sent.html")]
pub struct NotSent {
    page: Page,
    text: String,
}

impl NotSent {
    /// The page with a text.
    pub fn new(text: String, settings: &ServerSettings) -> NotSent {
        let page = Page::new("Message not sent", settings);
        NotSent { page, text }
    }
}

/// The message in a URL, and what its reader can do with it without JavaScript.
pub struct Focus {
    pub message: Shown,
    /// Its text, or the refused text of an edit.
    pub text: String,
    pub error: Option<String>,
    pub mine: bool,
    pub may_edit: bool,
    pub may_delete: bool,
    pub may_pin: bool,
    pub may_post: bool,
    pub may_react: bool,
    pub saved: bool,
}

impl Focus {
    /// A message for `member`, optionally with a refused text and the reason.
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
        let mine = message.author.id == member.user.id;
        let delete = match mine {
            true => Action::Withdraw,
            false => Action::Moderate,
        };
        Focus {
            message: Shown::of(message),
            text,
            error,
            mine,
            may_edit: mine,
            may_delete: member.may(delete),
            may_pin: member.may(Action::Pin),
            may_post: member.may(Action::Post),
            may_react: member.may(Action::React),
            saved,
        }
    }
}
