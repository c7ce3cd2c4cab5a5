//! Messages as they are stored, and what is shown with them.

use serde::Serialize;

use super::{Author, Html, attached, json, markup, text::Body};
use crate::{
    db::ids::{MessageId, RoomId},
    emoji::CustomEmoji,
    files::Attachment,
    link_previews::LinkPreview,
};

/// The most characters of a quoted message.
pub const QUOTED: usize = 140;

/// A stored message.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub room: RoomId,
    /// The rev of its last change.
    pub rev: i64,
    /// An id chosen by the client, unique per author.
    pub client_id: String,
    pub author: Author,
    /// The text as typed; empty if deleted.
    pub body: Body,
    /// The rendered text.
    pub html: Html,
    /// Milliseconds UTC.
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub pinned_at: Option<i64>,
    /// The user who pinned it. Unknown for pins of earlier versions.
    pub pinned_by: Option<Author>,
    /// The message that it replies to.
    pub quote: Option<Quote>,
    /// The first message of its thread, if it is a reply in a thread.
    pub thread: Option<MessageId>,
    /// The replies in its thread, if there are any.
    pub answers: Option<Answers>,
    /// Reactions, ordered by when each emoji was first used.
    pub reactions: Vec<Reaction>,
    /// Its files, in the order of the sender.
    pub files: Vec<Attachment>,
    /// Previews of its links that are shown.
    pub previews: Vec<LinkPreview>,
    pub(super) grouping: Grouping,
}

/// The quoted message above a reply.
#[derive(Clone, Debug, Serialize)]
pub struct Quote {
    pub id: MessageId,
    pub author: Author,
    /// The start of the quoted text on one line; `None` if deleted.
    pub excerpt: Option<String>,
}

/// The summary of a thread.
#[derive(Clone, Debug, Serialize)]
pub struct Answers {
    /// The number of replies that are not deleted.
    pub count: i64,
    /// The username of the author of the newest reply.
    pub last_by: String,
    /// The author of the newest reply.
    pub last_author: Author,
    /// The time of the newest reply (ms UTC).
    #[serde(serialize_with = "json::iso")]
    pub last_at: i64,
}

/// One emoji under a message.
#[derive(Clone, Debug, Serialize)]
pub struct Reaction {
    /// The emoji; the name between colons of a custom one.
    pub emoji: String,
    /// A custom emoji; `None` for a standard one, and for one that was removed.
    #[serde(skip)]
    pub custom: Option<CustomEmoji>,
    /// URL of the picture of a custom emoji.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    pub count: i64,
    /// The first 50 users who reacted.
    pub people: Vec<Author>,
}

/// A user who reacted to a message.
#[derive(Serialize)]
pub struct Reactor {
    pub(super) emoji: String,
    pub(super) person: Author,
}

/// How a message is grouped with the previous one. Stored when the message is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Same author, within five minutes of the previous message.
    Continued = 0,
    /// Another author, or a later message.
    Run = 1,
    /// The first message of a day (UTC) in its room.
    Day = 2,
}

/// A changed message and the other messages that must be rendered with it.
#[derive(Clone, Debug)]
pub struct Changed {
    pub message: Message,
    /// The newest replies that quote it.
    pub quoted_by: Vec<MessageId>,
}

impl Message {
    /// The start of the text on one line, or the number of files if there is no text.
    pub fn excerpt(&self) -> String {
        match self.files.len() {
            count if count > 0 && self.body.as_str().is_empty() => attached::summary(count),
            _ => markup::excerpt(self.body.as_str(), QUOTED),
        }
    }

    /// The message as other messages quote it.
    pub fn as_quote(&self) -> Quote {
        let is_present = self.deleted_at.is_none();
        Quote {
            id: self.id,
            author: self.author.clone(),
            excerpt: is_present.then(|| self.excerpt()),
        }
    }

    /// The text as typed, and the names of the files, for the plain-text socket.
    pub fn line(&self) -> String {
        attached::with_names(self.body.as_str().to_owned(), &self.files)
    }

    /// The text as readers see it, and the names of the files, on one line.
    pub fn visible_text(&self) -> String {
        attached::with_names(markup::line_of_html(self.html.as_str()), &self.files)
    }
}

impl From<Message> for Changed {
    /// A change that affects no other message.
    fn from(message: Message) -> Changed {
        Changed {
            message,
            quoted_by: Vec::new(),
        }
    }
}

/// A page of messages.
pub struct MessagePage {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// The room's rev at the time of the read.
    pub rev: i64,
    /// Whether there are more messages in the direction of reading.
    pub more: bool,
}

impl MessagePage {
    /// The first message of the page, if there are older messages.
    pub fn older(&self) -> Option<MessageId> {
        let first = self.messages.first().filter(|_| self.more)?;
        Some(first.id)
    }
}
