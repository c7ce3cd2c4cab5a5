//! Messages as stored, and the related data that is shown with them.

use serde::Serialize;

use super::{Author, Html, attached, markup, text::Body};
use crate::{
    db::{
        ids::{MessageId, RoomId},
        time,
    },
    emoji::CustomEmoji,
    files::Attachment,
    link_previews::LinkPreview,
};

/// Maximum length of a quoted excerpt in characters.
pub const QUOTED: usize = 140;

/// Message with everything needed to display it.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub room: RoomId,
    /// Revision of the last change.
    pub rev: i64,
    /// Id chosen by the client, unique per author.
    pub client_id: String,
    pub author: Author,
    /// Text as typed; empty if deleted.
    pub body: Body,
    /// Rendered text.
    pub html: Html,
    /// Time of posting (ms UTC), like the other times below.
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub pinned_at: Option<i64>,
    /// User who pinned the message; `None` for pins made by early versions.
    pub pinned_by: Option<Author>,
    /// Message that this one replies to.
    pub quote: Option<Quote>,
    /// First message of the thread, if this is a reply in a thread.
    pub thread: Option<MessageId>,
    /// Summary of the replies, if this message starts a thread.
    pub answers: Option<Answers>,
    /// Reactions, ordered by the first use of each emoji.
    pub reactions: Vec<Reaction>,
    /// Attachments, in the sender's order.
    pub files: Vec<Attachment>,
    /// Visible link previews.
    pub previews: Vec<LinkPreview>,
    pub(super) grouping: Grouping,
}

/// Quoted message above a reply.
#[derive(Clone, Debug, Serialize)]
pub struct Quote {
    pub id: MessageId,
    pub author: Author,
    /// Start of the quoted text on one line; `None` if deleted.
    pub excerpt: Option<String>,
}

/// Summary of a thread.
#[derive(Clone, Debug, Serialize)]
pub struct Answers {
    /// Number of replies that aren't deleted.
    pub count: i64,
    /// Username of the author of the newest reply.
    pub last_by: String,
    /// Author of the newest reply.
    pub last_author: Author,
    /// Time of the newest reply (ms UTC).
    #[serde(serialize_with = "time::serialize_iso")]
    pub last_at: i64,
}

/// Users' reactions to a message with one emoji.
#[derive(Clone, Debug, Serialize)]
pub struct Reaction {
    /// Emoji, or the shortcode of a custom one.
    pub emoji: String,
    /// Custom emoji; `None` for a standard one and for one that was removed.
    #[serde(skip)]
    pub custom: Option<CustomEmoji>,
    /// URL of the picture of a custom emoji.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    pub count: i64,
    /// First 50 users who reacted.
    pub people: Vec<Author>,
}

/// User who reacted to a message.
#[derive(Serialize)]
pub struct Reactor {
    pub(super) emoji: String,
    pub(super) person: Author,
}

/// Grouping of a message with the previous one, stored when the message is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Same author, within five minutes of the previous message.
    Continued = 0,
    /// Different author, or more than five minutes later.
    Run = 1,
    /// First message of a day (UTC) in the room.
    Day = 2,
}

/// Changed message, and other messages that must be rendered with it.
#[derive(Clone, Debug)]
pub struct Changed {
    pub message: Message,
    /// Newest replies that quote it.
    pub quoted_by: Vec<MessageId>,
}

impl Message {
    /// Returns the start of the text on one line, or the number of files if there is no text.
    pub fn excerpt(&self) -> String {
        match self.files.len() {
            count if count > 0 && self.body.as_str().is_empty() => attached::summary(count),
            _ => markup::excerpt(self.body.as_str(), QUOTED),
        }
    }

    /// Returns the message as quoted by replies.
    pub fn as_quote(&self) -> Quote {
        let is_present = self.deleted_at.is_none();
        Quote {
            id: self.id,
            author: self.author.clone(),
            excerpt: is_present.then(|| self.excerpt()),
        }
    }

    /// Returns the text as typed and the file names, for the plain-text socket.
    pub fn line(&self) -> String {
        attached::with_names(self.body.as_str().to_owned(), &self.files)
    }

    /// Returns the visible text and the file names on one line.
    pub fn visible_text(&self) -> String {
        attached::with_names(markup::line_of_html(self.html.as_str()), &self.files)
    }
}

impl From<Message> for Changed {
    /// Creates a change that affects no other messages.
    fn from(message: Message) -> Changed {
        Changed {
            message,
            quoted_by: Vec::new(),
        }
    }
}

/// Page of messages.
pub struct MessagePage {
    /// Messages, oldest first.
    pub messages: Vec<Message>,
    /// Revision of the room at the time of reading.
    pub rev: i64,
    /// Whether there are more messages in the direction of reading.
    pub more: bool,
}

impl MessagePage {
    /// Returns the first message of the page if there are older ones.
    pub fn older(&self) -> Option<MessageId> {
        let first = self.messages.first().filter(|_| self.more)?;
        Some(first.id)
    }
}
