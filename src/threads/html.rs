//! The thread panel beside a room.

use askama::{Template, filters::HtmlSafe};

use super::Thread;
use crate::{
    db::{ids::MessageId, time},
    messages::Shown,
    rooms::{Action, Kind, Member, Room},
};

/// Thread panel beside a room.
#[derive(Template)]
#[template(path = "threads/thread_panel.html")]
pub struct ThreadPanel {
    room: Room,
    root: Shown,
    answers: Vec<Shown>,
    /// "3 replies"
    count: String,
    older: Option<MessageId>,
    following: bool,
    /// The newest reply that the reader has read.
    read: i64,
    may_post: bool,
    rev: i64,
    /// Text of the reply box, and the reason for its refusal.
    draft: String,
    error: Option<String>,
    client_id: String,
}

/// The panel's own template escapes user input, so the page around it must not escape it again.
impl HtmlSafe for ThreadPanel {}

impl ThreadPanel {
    /// Panel of a thread for `member`.
    pub fn new(member: &Member, thread: &Thread) -> ThreadPanel {
        ThreadPanel {
            room: member.room.clone(),
            root: Shown::as_root(&thread.root),
            answers: thread.replies.messages.iter().map(Shown::of).collect(),
            count: Shown::reply_count(&thread.root),
            older: thread.replies.older(),
            following: thread.following,
            read: thread.read,
            may_post: member.may(Action::Post),
            rev: thread.replies.rev,
            draft: String::new(),
            error: None,
            client_id: time::new_uuid().to_string(),
        }
    }

    /// The room as it is named in the panel.
    fn room_label(&self) -> String {
        match self.room.kind {
            Kind::Direct => self.room.name.to_string(),
            Kind::Open | Kind::Closed => format!("#{}", self.room.name),
        }
    }

    /// Label of the reply box, which says whom a reply reaches.
    fn box_label(&self) -> String {
        match self.room.kind {
            Kind::Direct => format!("Reply in thread with {}", self.room.name),
            Kind::Open | Kind::Closed => format!("Reply in thread in #{}", self.room.name),
        }
    }

    /// Shows a refused text and the reason.
    pub fn refuse(&mut self, text: String, why: String) {
        (self.draft, self.error) = (text, Some(why));
    }
}
