//! Posting: into the room, as a reply, or into a thread.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Draft, Message, Messages, Texts, attached, changed_event,
    draft::RenderedDraft,
    previews, publication, push,
    store::{self, Checked, PostContext, PostState},
};
use crate::{
    db::{
        Conn, Tx,
        ids::{MessageId, UserId},
        text_quota::{CheckedText, TextQuota},
        time,
    },
    error::{Error, Result},
    events::{Event, Events},
    live::{Admission, CongestedPost, TextLine},
    rooms::Member,
    web::form_values::{Flag, Number},
};

/// Longest wait for the readers of a room, and the wait that a refused client is told.
const MAX_WAIT: Duration = Duration::from_secs(1);
const RETRY_AFTER: Duration = Duration::from_secs(1);

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
    /// Ids of finished uploads, in the order of the message.
    pub files: Option<Texts>,
    /// Descriptions of the pictures among them, in the same order.
    alts: Option<Texts>,
}

impl PostForm {
    /// Parses the fields of a form.
    pub fn from_fields(fields: BTreeMap<String, String>) -> Result<PostForm> {
        let unreadable =
            |_| Error::Invalid("We couldn’t read that form. Reload and try again.".into());
        let object = fields.into_iter().map(|(name, text)| (name, text.into()));
        serde_json::from_value(serde_json::Value::Object(object.collect())).map_err(unreadable)
    }

    /// Whether a reply in a thread is posted in the room, too.
    pub fn is_for_room(&self) -> Result<bool> {
        Ok(Flag::optional(self.also.as_ref())? == Some(true))
    }

    /// The draft that posts a reply to `root` in the room, without its files.
    pub fn copy_for_room(&self, root: MessageId) -> Result<Draft> {
        let client_id = self.client_id.as_ref().map(|id| format!("{id}-room"));
        let mut draft = Draft::with_files(&self.body, client_id.as_deref(), Vec::new())?;
        draft.reply_to = Some(root);
        Ok(draft)
    }

    /// Parses the fields as a draft.
    pub fn draft(&self) -> Result<Draft> {
        let files = attached::posted(self.files.clone(), self.alts.clone())?;
        let mut draft = Draft::with_files(&self.body, self.client_id.as_deref(), files)?;
        draft.check_not_empty()?;
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
    /// Returns whether the member has posted a message with the client id of a draft.
    pub async fn was_posted(&self, member: &Member, draft: &Draft) -> Result<bool> {
        let (author, client_id) = (member.user.id, draft.client_id.clone());
        let find = move |conn: &mut Conn| store::find(conn, author, &client_id);
        Ok(self.app.db.read(find).await?.is_some())
    }

    /// Posts a draft. The message is durable and published when the future is ready. Messages of an author are in the
    /// order of the calls, not of the first polls.
    ///
    /// # Errors
    /// `TooMany` after 20 at once and 5 a second and after too much text in a day, `Unavailable` if the writer's queue is
    /// full or the readers of the room stay late, `Conflict` if the quoted message or the thread was deleted or the
    /// client id was used in another room.
    pub fn post(
        &self,
        member: &Member,
        draft: Draft,
    ) -> impl Future<Output = Result<Posted>> + Send + use<> {
        let (room, author, name) = (member.room.id, member.user.id, member.user.username.clone());
        let (db, client_id) = (&self.app.db, draft.client_id.clone());
        let (events, quota) = (self.app.events.clone(), self.app.text_quota.clone());
        let has_previews = self.app.config.link_previews;
        let write = |draft: RenderedDraft| {
            let check = move |tx: &mut Tx| {
                let context = PostContext {
                    room,
                    author,
                    username: &name,
                };
                check(tx, &context, draft, &quota)
            };
            let change = move |tx: &mut Tx, checked| change(tx, checked, &events, has_previews);
            (check, change)
        };
        let step = match self.limit(author) {
            Err(refused) => Step::Refused(refused),
            Ok(()) => {
                let (check, change) = write(draft.render(self));
                match self.app.live.channel(room).admit() {
                    Admission::Now => Step::Queued(db.write_checked(check, change)),
                    Admission::Later(turn) => Step::Waiting(turn, (check, change)),
                    Admission::Refused => Step::Refused(Error::Unavailable(RETRY_AFTER)),
                }
            }
        };
        let db = db.clone();
        async move {
            match step {
                Step::Queued(written) => written.await,
                Step::Waiting(turn, (check, change)) => {
                    let waited = timeout(MAX_WAIT, turn.wait()).await;
                    waited.map_err(|_| Error::Unavailable(RETRY_AFTER))?;
                    let written = db.write_checked(check, change);
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

/// A post whose checks have passed, and what the next one of the transaction may use.
struct CheckedPost {
    post: store::Checked,
    text: Option<CheckedText>,
    state: PostState,
}

/// Checks a post in the transaction that stores it.
fn check(
    tx: &mut Tx,
    context: &PostContext,
    mut draft: RenderedDraft,
    quota: &Arc<TextQuota>,
) -> Result<CheckedPost> {
    draft.refresh_emoji(tx.conn)?;
    let mut state = tx.carried::<PostState>().unwrap_or_default();
    let post = store::check_post(tx.conn, &mut state, context, draft, time::now())?;
    let text = match &post {
        Checked::New(new) => Some(quota.check(tx.conn, context.author, new.text_size())?),
        Checked::Before(_) => None,
    };
    Ok(CheckedPost { post, text, state })
}

/// Stores a checked post.
fn change(
    tx: &mut Tx,
    checked: CheckedPost,
    events: &Arc<Events>,
    has_previews: bool,
) -> Result<Posted> {
    let mut state = checked.state;
    let posted = match checked.post {
        Checked::Before(message) => Posted::Before(message),
        Checked::New(new) => {
            let (message, root, concerned) = store::insert_post(tx.conn, &mut state, new)?;
            if let Some(text) = checked.text {
                text.store(tx)?;
            }
            if has_previews {
                previews::schedule(tx, &message)?;
            }
            events.emit(tx, posted_event(&message, concerned)?)?;
            if let Some(root) = &root {
                events.emit(tx, changed_event(root, Vec::new())?)?;
            }
            Posted::New(message)
        }
    };
    tx.carry(state);
    Ok(posted)
}

/// The event of a new message.
fn posted_event(message: &Message, concerned: Vec<UserId>) -> Result<Event> {
    // The plain-text socket shows no replies in threads.
    let line = message.thread.is_none().then(|| TextLine::Message {
        author: message.author.id,
        name: message.author.username.clone(),
        at: message.created_at,
        text: message.line(),
    });
    Ok(Event::MessagePosted {
        room: message.room,
        id: message.id,
        author: message.author.id,
        publication: publication(message, &push(message)?, line),
        concerned,
    })
}
