//! The lists as HTML.

use askama::Template;

use crate::{
    db::ids::UserId,
    messages::{Followed, Message, Shown},
    sidebar::SidebarView,
    web::page::Page,
};

/// A message away from its room.
pub struct ShownMention {
    pub message: Shown,
    /// What the room is called.
    pub room: String,
    pub unread: bool,
}

impl ShownMention {
    /// A message of the room that the reader calls so.
    pub fn new(message: &Message, room: String, unread: bool) -> ShownMention {
        ShownMention {
            message: Shown::alone(message),
            room,
            unread,
        }
    }
}

/// A thread away from its room.
pub struct ShownThread {
    pub root: Shown,
    pub room: String,
    pub last: Option<Shown>,
    pub unread: i64,
}

impl ShownThread {
    /// A thread of the room that the reader calls so.
    pub fn new(thread: &Followed, room: String) -> ShownThread {
        ShownThread {
            root: Shown::alone(&thread.root),
            room,
            last: thread.last.as_ref().map(Shown::alone),
            unread: thread.unread,
        }
    }
}

/// Who named the reader.
#[derive(Template)]
#[template(path = "inbox/mentions.html")]
pub struct Mentions {
    pub page: Page,
    pub me: UserId,
    pub rail: SidebarView,
    pub mentions: Vec<ShownMention>,
    pub next: Option<i64>,
}

/// The threads that the reader follows.
#[derive(Template)]
#[template(path = "inbox/threads.html")]
pub struct Threads {
    pub page: Page,
    pub me: UserId,
    pub rail: SidebarView,
    pub threads: Vec<ShownThread>,
    pub next: Option<i64>,
}

/// What the reader saved.
#[derive(Template)]
#[template(path = "inbox/saved.html")]
pub struct Saved {
    pub page: Page,
    pub me: UserId,
    pub rail: SidebarView,
    pub messages: Vec<ShownMention>,
    pub next: Option<i64>,
}
