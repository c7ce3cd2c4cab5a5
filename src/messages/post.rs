//! Posting: into the room, as a reply, or into a thread.

use std::future::Future;

use uuid::Uuid;

use super::{Body, Message, Messages, changed_event, markup::Rendered, push, store};
use crate::{
    db::{
        Tx,
        ids::{MessageId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    live::{Publication, TextLine},
    rooms::Member,
};

/// The longest client id, in bytes.
const MAX_CLIENT_ID: usize = 64;

/// A text on its way into a room.
pub struct Draft {
    pub(super) body: Body,
    pub(super) rendered: Rendered,
    pub(super) client_id: String,
    /// The message that it replies to.
    pub(super) reply_to: Option<MessageId>,
    /// The message whose thread it belongs to.
    pub(super) thread: Option<MessageId>,
    /// Whom @here means.
    pub(super) here: Vec<UserId>,
}

impl Draft {
    /// Takes what a person sent, and renders it. Without a client id every draft is a new message.
    ///
    /// # Errors
    /// `Invalid` with what to do about it.
    pub fn parse(body: &str, client_id: Option<&str>) -> Result<Draft> {
        let client_id = match client_id {
            // In the order of time, so that ids which come together lie together in their index.
            None | Some("") => Uuid::now_v7().to_string(),
            Some(id) if is_client_id(id) => id.to_owned(),
            Some(_) => {
                let what = "client_id must be 1 to 64 letters, numbers, '-' or '_'.";
                return Err(Error::Invalid(what.into()));
            }
        };
        let body = Body::parse(body).map_err(|why| Error::Invalid(why.into()))?;
        let rendered = super::markup::render(body.as_str());
        Ok(Draft {
            body,
            rendered,
            client_id,
            reply_to: None,
            thread: None,
            here: Vec::new(),
        })
    }

    /// The same as a reply to a message of its room.
    pub fn replying_to(mut self, message: Option<MessageId>) -> Draft {
        self.reply_to = message;
        self
    }

    /// The same as an answer in the thread of a message of its room.
    pub fn in_thread(mut self, message: Option<MessageId>) -> Draft {
        self.thread = message;
        self
    }

    /// The same, with the people whom @here means.
    pub fn calling(mut self, people: impl FnOnce() -> Vec<UserId>) -> Draft {
        if self.rendered.calls_here() {
            self.here = people();
        }
        self
    }

    /// Whether it is the same text as a message.
    pub fn says(&self, message: &Message) -> bool {
        self.body.as_str() == message.body.as_str()
    }
}

fn is_client_id(id: &str) -> bool {
    id.len() <= MAX_CLIENT_ID
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Result of posting a draft.
pub enum Posted {
    /// A new message; it is on disk and on its way to everyone.
    New(Message),
    /// This author used this client id before: the message from then.
    Before(Message),
}

impl Messages {
    /// Posts a draft: durable and published when the answer comes. It takes its place among the
    /// messages of its author by the call, not by the first poll.
    ///
    /// # Errors
    /// `TooMany` past 20 at once and 5 a second; `Unavailable` when the writer cannot take more;
    /// `Conflict` when what it replies to is gone.
    pub fn post(
        &self,
        member: &Member,
        draft: Draft,
    ) -> impl Future<Output = Result<Posted>> + Send + use<> {
        let (room, author, name) = (member.room.id, member.user.id, member.user.username.clone());
        let (db, client_id) = (&self.app.db, draft.client_id.clone());
        let events = self.app.events.clone();
        let post = move |tx: &mut Tx| {
            let context = store::PostContext {
                room,
                author,
                username: &name,
            };
            let (posted, root) = store::post(tx.conn, &context, draft, time::now())?;
            if let Posted::New(message) = &posted {
                events.emit(tx, posted_event(message)?)?;
                if let Some(root) = &root {
                    events.emit(tx, changed_event(root)?)?;
                }
            }
            Ok(posted)
        };
        let written = self.limit(author).map(|()| db.write(post));
        let db = db.clone();
        async move {
            match written {
                Ok(written) => written.await,
                // A message that is there already is no new one, however fast it is sent again.
                Err(refused) => {
                    let find = db.read(move |conn| store::find(conn, author, &client_id));
                    let before = find.await?.ok_or(refused)?;
                    store::same_room(before, room).map(Posted::Before)
                }
            }
        }
    }
}

/// The event of a new message.
fn posted_event(message: &Message) -> Result<Event> {
    // The plain-text socket shows no replies in threads.
    let line = message.thread.is_none().then(|| TextLine::Message {
        author: message.author,
        name: message.username.clone(),
        at: message.created_at,
        text: message.body.as_str().to_owned(),
    });
    Ok(Event::MessagePosted {
        room: message.room,
        id: message.id,
        author: message.author,
        publication: Publication::new(Some(message.rev), &push(message)?, line),
    })
}
