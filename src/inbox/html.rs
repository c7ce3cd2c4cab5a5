//! The lists as HTML.

use std::sync::Arc;

use askama::Template;

use crate::{
    db::ids::UserId,
    messages::{Message, Shown},
    threads::FollowedThread,
};

/// A message away from its room.
pub struct ListedMessage {
    pub message: Shown,
    /// Name of the room.
    pub room: String,
    pub unread: bool,
}

impl ListedMessage {
    /// A message of the room that the reader calls so.
    pub fn new(message: &Message, room: String, unread: bool) -> ListedMessage {
        ListedMessage {
            message: Shown::alone(message),
            room,
            unread,
        }
    }
}

/// A thread away from its room.
pub struct ListedThread {
    pub root: Shown,
    pub room: String,
    pub last: Option<Shown>,
    pub unread: i64,
}

impl ListedThread {
    /// A thread of the room that the reader calls so.
    pub fn new(thread: &FollowedThread, room: String) -> ListedThread {
        ListedThread {
            root: Shown::alone(&thread.root),
            room,
            last: thread.last.as_ref().map(Shown::alone),
            unread: thread.unread,
        }
    }
}

/// Page of mentions.
#[derive(Template)]
#[template(path = "inbox/mentions.html")]
pub struct MentionsPage {
    pub me: UserId,
    pub username: Arc<str>,
    pub mentions: Vec<ListedMessage>,
    pub next: Option<i64>,
}

/// Page of followed threads.
#[derive(Template)]
#[template(path = "inbox/threads.html")]
pub struct ThreadsPage {
    pub me: UserId,
    pub threads: Vec<ListedThread>,
    pub next: Option<i64>,
}

/// Page of saved messages.
#[derive(Template)]
#[template(path = "inbox/saved.html")]
pub struct SavedPage {
    pub me: UserId,
    pub messages: Vec<ListedMessage>,
    pub next: Option<i64>,
}
