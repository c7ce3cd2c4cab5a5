//! A thread beside its room.

use askama::{Template, filters::HtmlSafe};

use super::Thread;
use crate::{
    db::ids::{MessageId, RoomId},
    error::Error,
    messages::Shown,
    rooms::{Action, Member},
};

/// A thread beside a room.
#[derive(Template)]
#[template(path = "threads/thread_panel.html")]
pub struct ThreadPanel {
    room_id: RoomId,
    root: Shown,
    answers: Vec<Shown>,
    older: Option<MessageId>,
    following: bool,
    /// The newest answer that they have read.
    read: i64,
    may_post: bool,
    rev: i64,
    /// Text to keep in the reply box, and the reason for its refusal.
    draft: String,
    error: Option<String>,
    client_id: String,
}

/// Its own template escapes what people wrote; the page around it takes it as it is.
impl HtmlSafe for ThreadPanel {}

impl ThreadPanel {
    /// A thread as `member` sees it.
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

    /// Keeps a text that was refused, and says why.
    pub fn refuse(&mut self, refused: Option<(String, Error)>) {
        if let Some((text, why)) = refused {
            (self.draft, self.error) = (text, Some(why.to_string()));
        }
    }
}
