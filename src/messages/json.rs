//! Messages as JSON (`docs/api.md`).

use serde::Serialize;
use serde_json::{Value, json};

use super::{Answers, Author, Message, Quote, Reaction};
use crate::{
    db::{
        ids::{MessageId, RoomId},
        time,
    },
    files::AttachmentJson,
    link_previews::LinkPreviewJson,
};

/// A message. Fields added later to the contract come after `deleted`.
#[derive(Serialize)]
pub struct MessageJson<'a> {
    id: MessageId,
    room: RoomId,
    rev: i64,
    client_id: &'a str,
    author: &'a Author,
    body: &'a str,
    html: &'a str,
    created_at: String,
    edited_at: Option<String>,
    deleted: bool,
    pinned_at: Option<String>,
    pinned_by: Option<&'a Author>,
    reply_to: Option<&'a Quote>,
    thread: Option<MessageId>,
    answers: Option<&'a Answers>,
    reactions: &'a [Reaction],
    files: Vec<AttachmentJson<'a>>,
    previews: Vec<LinkPreviewJson<'a>>,
}

impl<'a> From<&'a Message> for MessageJson<'a> {
    fn from(message: &'a Message) -> MessageJson<'a> {
        MessageJson {
            id: message.id,
            room: message.room,
            rev: message.rev,
            client_id: &message.client_id,
            author: &message.author,
            body: message.body.as_str(),
            html: message.html.as_str(),
            created_at: time::iso(message.created_at),
            edited_at: message.edited_at.map(time::iso),
            deleted: message.deleted_at.is_some(),
            pinned_at: message.pinned_at.map(time::iso),
            pinned_by: message.pinned_by.as_ref(),
            reply_to: message.quote.as_ref(),
            thread: message.thread,
            answers: message.answers.as_ref(),
            reactions: &message.reactions,
            files: message.files.iter().map(AttachmentJson::from).collect(),
            previews: message.previews.iter().map(LinkPreviewJson::from).collect(),
        }
    }
}

impl MessageJson<'_> {
    /// The message with one more field.
    pub fn with(&self, field: &str, value: impl Into<Value>) -> Value {
        let mut message = json!(self);
        message[field] = value.into();
        message
    }
}
