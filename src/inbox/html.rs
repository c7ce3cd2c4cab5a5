//! Lists over all rooms as HTML.

use std::sync::Arc;

use askama::Template;

use crate::{
    db::ids::UserId,
    messages::{Message, Shown},
    rooms::RoomList,
    threads::FollowedThread,
};

/// Message outside its room.
pub struct ListedMessage {
    pub message: Shown,
    /// Name of the room.
    pub room: String,
    pub unread: bool,
}

impl ListedMessage {
    /// A message of a room in the reader's list; `None` after the reader has left the room.
    pub fn new(list: &RoomList, message: &Message, unread: bool) -> Option<ListedMessage> {
        Some(ListedMessage {
            room: list.entry(message.room)?.name.to_string(),
            message: Shown::alone(message),
            unread,
        })
    }
}

/// Thread outside its room.
pub struct ListedThread {
    pub root: Shown,
    pub room: String,
    pub last: Option<Shown>,
    pub unread: i64,
}

impl ListedThread {
    /// A thread of a room in the reader's list; `None` after the reader has left the room.
    pub fn new(list: &RoomList, thread: &FollowedThread) -> Option<ListedThread> {
        Some(ListedThread {
            root: Shown::alone(&thread.root),
            room: list.entry(thread.root.room)?.name.to_string(),
            last: thread.last.as_ref().map(Shown::alone),
            unread: thread.unread,
        })
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
