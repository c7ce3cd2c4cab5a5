//! The thread panel beside a room.

use askama::{Template, filters::HtmlSafe};

use super::Thread;
use crate::{
    db::ids::{MessageId, RoomId},
    error::Error,
    messages::Shown,
    rooms::{Action, Member},
};

/// Thread panel beside a room.
#[derive(Template)]
#[template(path = "threads/thread_panel.html")]
pub struct ThreadPanel {
    room_id: RoomId,
    root: Shown,
    answers: Vec<Shown>,
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
            room_id: member.room.id,
            root: Shown::as_root(&thread.root),
            answers: thread.replies.messages.iter().map(Shown::of).collect(),
            older: thread.replies.older(),
            following: thread.following,
            read: thread.read,
            may_post: member.may(Action::Post),
            rev: thread.replies.rev,
            draft: String::new(),
            error: None,
            client_id: uuid::Uuid::now_v7().to_string(),
        }
    }

    /// Shows a refused text and the reason.
    pub fn refuse(&mut self, refused: Option<(String, Error)>) {
        if let Some((text, why)) = refused {
            (self.draft, self.error) = (text, Some(why.to_string()));
        }
    }
}
