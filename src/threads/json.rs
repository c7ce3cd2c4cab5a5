//! A thread as JSON.

use serde::Serialize;

use super::Thread;
use crate::messages::MessageJson;

/// Thread: the root message and a page of its replies.
#[derive(Serialize)]
pub struct ThreadJson<'a> {
    root: MessageJson<'a>,
    messages: Vec<MessageJson<'a>>,
    rev: i64,
    more: bool,
    following: bool,
    read: i64,
}

impl<'a> From<&'a Thread> for ThreadJson<'a> {
    fn from(thread: &'a Thread) -> ThreadJson<'a> {
        let replies = thread.replies.messages.iter();
        ThreadJson {
            root: MessageJson::from(&thread.root),
            messages: replies.map(MessageJson::from).collect(),
            rev: thread.replies.rev,
            more: thread.replies.more,
            following: thread.following,
            read: thread.read,
        }
    }
}
