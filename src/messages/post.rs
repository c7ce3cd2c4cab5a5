//! Posting: into the room, as a reply, or into a thread.

use std::{future::Future, time::Duration};

use serde::Deserialize;
use tokio::time::timeout;

use super::{Body, Message, Messages, changed_event, markup::Rendered, publication, push, store};
use crate::{
    db::{
        Tx,
        ids::{MessageId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    live::{Admission, CongestedPost, Live, TextLine},
    rooms::Member,
    web::form_values::{Flag, Number},
};

/// Longest wait for the readers of a room, and the wait that a refused client is told.
const MAX_WAIT: Duration = Duration::from_secs(1);
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The longest client id, in bytes.
const MAX_CLIENT_ID: usize = 64;

/// A message before it is posted. Its text is checked, but not rendered.
pub struct Draft {
    pub(super) body: Body,
    pub(super) client_id: String,
    /// The message that it replies to.
    pub(super) reply_to: Option<MessageId>,
    /// A message of the thread that it is a reply in.
    pub(super) thread: Option<MessageId>,
}

/// A draft, the HTML made from its text, and the users that @here mentions in it.
pub(super) struct RenderedDraft {
    pub(super) draft: Draft,
    pub(super) html: Rendered,
    pub(super) here: Vec<UserId>,
}

impl Draft {
    /// Checks a text. Without a client id, each post of it is a new message.
    pub fn parse(body: &str, client_id: Option<&str>) -> Result<Draft> {
        let client_id = match client_id {
            None | Some("") => time::new_uuid().to_string(),
            Some(id) if is_client_id(id) => id.to_owned(),
            Some(_) => {
                let what = "client_id must be 1 to 64 letters, numbers, '-' or '_'.";
                return Err(Error::Invalid(what.into()));
            }
        };
        let body = Body::parse(body).map_err(|why| Error::Invalid(why.into()))?;
        Ok(Draft {
            body,
            client_id,
            reply_to: None,
            thread: None,
        })
    }

    /// The draft with a new client id, which makes it a new message.
    pub fn as_new(mut self) -> Draft {
        self.client_id = time::new_uuid().to_string();
        self
    }

    /// The draft as a reply in the thread of a message.
    pub fn in_thread(mut self, message: Option<MessageId>) -> Draft {
        self.thread = message;
        self
    }

    /// Renders the text, which is the most work of a post: rate limits are checked before.
    pub(super) fn render(self, live: &Live) -> RenderedDraft {
        let html = super::markup::render(self.body.as_str());
        let here = match html.calls_here() {
            true => live.online().all(),
            false => Vec::new(),
        };
        RenderedDraft {
            draft: self,
            html,
            here,
        }
    }

    /// Whether a message has the same text.
    pub fn has_text_of(&self, message: &Message) -> bool {
        self.body.as_str() == message.body.as_str()
    }
}

fn is_client_id(id: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    id.len() <= MAX_CLIENT_ID && id.bytes().all(is_allowed)
}

/// A message as received from a form, a socket or an API client. Other fields are ignored.
#[derive(Clone, Debug, Deserialize)]
pub struct PostForm {
    pub body: String,
    pub client_id: Option<String>,
    /// The message to reply to.
    reply_to: Option<Number>,
    /// The first message of the thread to reply in.
    thread: Option<Number>,
    /// Path that a page returns to.
    pub back: Option<String>,
    /// Whether a reply in a thread is posted in the room, too.
    also: Option<Flag>,
}

impl PostForm {
    /// The draft that posts a reply to `root` in the room, too, if that is wanted.
    pub fn copy_for_room(&self, root: MessageId) -> Result<Option<Draft>> {
        if Flag::optional(self.also.as_ref())? != Some(true) {
            return Ok(None);
        }
        let client_id = self.client_id.as_ref().map(|id| format!("{id}-room"));
        let mut draft = Draft::parse(&self.body, client_id.as_deref())?;
        draft.reply_to = Some(root);
        Ok(Some(draft))
    }

    /// Parses the fields as a draft.
    pub fn draft(&self) -> Result<Draft> {
        let mut draft = Draft::parse(&self.body, self.client_id.as_deref())?;
        draft.reply_to = Number::optional_message(self.reply_to.as_ref())?;
        draft.thread = Number::optional_message(self.thread.as_ref())?;
        Ok(draft)
    }
}

/// Result of posting a draft.
pub enum Posted {
    /// A new message, which is on disk and published.
    New(Message),
    /// The message that the author posted before with the same client id.
    Before(Message),
}

impl Messages {
    /// Posts a draft. The message is durable and published when the future is ready. Messages of an author are in the
    /// order of the calls, not of the first polls.
    ///
    /// # Errors
    /// `TooMany` after 20 at once and 5 a second and after too much text in a day, `Unavailable` if the writer's queue is full or the readers of the
    /// room stay late, `Conflict` if the quoted message or the thread was deleted.
    pub fn post(
        &self,
        member: &Member,
        draft: Draft,
    ) -> impl Future<Output = Result<Posted>> + Send + use<> {
        let (room, author, name) = (member.room.id, member.user.id, member.user.username.clone());
        let (db, client_id) = (&self.app.db, draft.client_id.clone());
        let (events, quota) = (self.app.events.clone(), self.app.text_quota.clone());
        let post = |draft: RenderedDraft| {
            move |tx: &mut Tx| {
                let context = store::PostContext {
                    room,
                    author,
                    username: &name,
                };
                let (posted, root, concerned) = store::post(tx.conn, &context, draft, time::now())?;
                if let Posted::New(message) = &posted {
                    quota.take(tx, author, message.body.as_str().len())?;
                    events.emit(tx, posted_event(message, concerned)?)?;
                    if let Some(root) = &root {
                        events.emit(tx, changed_event(root, Vec::new())?)?;
                    }
                }
                Ok(posted)
            }
        };
        let step = match self.limit(author) {
            Err(refused) => Step::Refused(refused),
            Ok(()) => {
                let write = post(draft.render(&self.app.live));
                match self.app.live.channel(room).admit() {
                    Admission::Now => Step::Queued(db.write(write)),
                    Admission::Later(turn) => Step::Waiting(turn, write),
                    Admission::Refused => Step::Refused(Error::Unavailable(RETRY_AFTER)),
                }
            }
        };
        let db = db.clone();
        async move {
            match step {
                Step::Queued(written) => written.await,
                Step::Waiting(turn, write) => {
                    let waited = timeout(MAX_WAIT, turn.wait()).await;
                    waited.map_err(|_| Error::Unavailable(RETRY_AFTER))?;
                    let written = db.write(write);
                    drop(turn); // later posts are behind it in the queue now
                    written.await
                }
                // A repeated post is no new message and answered at any rate.
                Step::Refused(refused) => {
                    let find = db.read(move |conn| store::find(conn, author, &client_id));
                    let before = find.await?.ok_or(refused)?;
                    store::same_room(before, room).map(Posted::Before)
                }
            }
        }
    }
}

/// First step of a post.
enum Step<Written, Write> {
    Queued(Written),
    /// The readers of the room are late: it is queued when they have caught up.
    Waiting(CongestedPost, Write),
    Refused(Error),
}

/// The event of a new message.
fn posted_event(message: &Message, concerned: Vec<UserId>) -> Result<Event> {
    // The plain-text socket shows no replies in threads.
    let line = message.thread.is_none().then(|| TextLine::Message {
        author: message.author.id,
        name: message.author.username.clone(),
        at: message.created_at,
        text: message.body.as_str().to_owned(),
    });
    Ok(Event::MessagePosted {
        room: message.room,
        id: message.id,
        author: message.author.id,
        publication: publication(message, &push(message)?, line),
        concerned,
    })
}
