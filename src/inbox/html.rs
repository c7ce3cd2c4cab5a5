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
    /// Whether the reader may post in the room.
    pub may_reply: bool,
}

impl ListedMessage {
    /// A message of a room in the reader's list; `None` after the reader has left the room.
    pub fn new(list: &RoomList, message: &Message, unread: bool) -> Option<ListedMessage> {
        let entry = list.entry(message.room)?;
        Some(ListedMessage {
            room: entry.name.to_string(),
            message: Shown::alone(message),
            unread,
            may_reply: !entry.archived,
        })
    }

    /// Address to post a reply to: in the thread of a reply, or in the room.
    fn reply_address(&self) -> String {
        let (room, id) = (self.message.room, self.message.id);
        match self.message.thread {
            Some(_) => format!("/rooms/{room}/messages/{id}/thread"),
            None => format!("/rooms/{room}/messages"),
        }
    }
}

/// Thread outside its room.
pub struct ListedThread {
    pub root: Shown,
    pub room: String,
    pub last: Option<Shown>,
    pub unread: i64,
    /// Whether the reader may post in the room.
    pub may_reply: bool,
}

impl ListedThread {
    /// A thread of a room in the reader's list; `None` after the reader has left the room.
    pub fn new(list: &RoomList, thread: &FollowedThread) -> Option<ListedThread> {
        let entry = list.entry(thread.root.room)?;
        Some(ListedThread {
            root: Shown::alone(&thread.root),
            room: entry.name.to_string(),
            last: thread.last.as_ref().map(Shown::alone),
            unread: thread.unread,
            may_reply: !entry.archived,
        })
    }

    /// Address to post a reply in the thread.
    fn reply_address(&self) -> String {
        let (room, id) = (self.root.room, self.root.id);
        format!("/rooms/{room}/messages/{id}/thread")
    }
}

/// Page of mentions.
#[derive(Template)]
#[template(path = "inbox/mentions.html")]
pub struct MentionsPage {
    pub me: UserId,
    pub username: Arc<str>,
    pub only_unread: bool,
    pub mentions: Vec<ListedMessage>,
    pub next: Option<i64>,
}

impl MentionsPage {
    fn has_unread(&self) -> bool {
        self.mentions.iter().any(|mention| mention.unread)
    }
}

/// Page of followed threads.
#[derive(Template)]
#[template(path = "inbox/threads.html")]
pub struct ThreadsPage {
    pub me: UserId,
    pub only_unread: bool,
    pub threads: Vec<ListedThread>,
    pub next: Option<i64>,
}

impl ThreadsPage {
    fn has_unread(&self) -> bool {
        self.threads.iter().any(|thread| thread.unread > 0)
    }
}

/// Page of saved messages.
#[derive(Template)]
#[template(path = "inbox/saved.html")]
pub struct SavedPage {
    pub me: UserId,
    pub messages: Vec<ListedMessage>,
    pub next: Option<i64>,
}
