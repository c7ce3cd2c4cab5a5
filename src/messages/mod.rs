//! Messages: posting, reading back, and their one shape as HTML, JSON and text.
//!
//! Invariant: a message is in its room's log exactly once per (author, client id); its HTML is made
//! once for everyone and holds nothing that depends on the reader.

mod mentions;
mod pace;
mod store;
mod text;
mod view;

use std::{future::Future, sync::Arc, time::Instant};

use uuid::Uuid;

pub use store::Window;
pub use text::Html;
pub use view::{Day, MessageJson, Shown, gap, gap_push, push, replace};

use crate::{
    app::App,
    db::{
        Conn, Tx,
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    live::{Line, Live, Publication},
    rooms::Member,
};
use {pace::Pace, text::Body};

/// A person may post so many at once,
const BURST: u32 = 20;
/// then so many a second.
const PER_SECOND: u32 = 5;
/// The longest client id, in bytes.
const MAX_CLIENT_ID: usize = 64;

/// A message as it is stored.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub room: RoomId,
    /// Its newest change.
    pub rev: i64,
    /// The sender's name for it.
    pub client_id: String,
    pub author: UserId,
    pub username: String,
    pub body: Body,
    /// Milliseconds UTC.
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    place: Place,
}

/// Where a message stands among its neighbours; decided once, when it is posted, for every reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The same author goes on within five minutes.
    Continued,
    /// Somebody begins to speak.
    Run,
    /// The first message of a day (UTC) in its room.
    Day,
}

/// A text on its way into a room.
pub struct Draft {
    body: Body,
    client_id: String,
}

impl Draft {
    /// Whether it is the same text as a message.
    pub fn says(&self, message: &Message) -> bool {
        self.body.as_str() == message.body.as_str()
    }

    /// Takes what a person sent. Without a client id every draft is a new message.
    ///
    /// # Errors
    /// `Invalid` with what to do about it.
    pub fn parse(body: &str, client_id: Option<&str>) -> Result<Draft> {
        let client_id = match client_id {
            // In the order of time, so that ids which come together lie together in their index.
            None | Some("") => Uuid::now_v7().to_string(),
            Some(id) if is_client_id(id) => id.to_owned(),
            Some(_) => {
                let what = "A client_id is 1 to 64 letters, digits, '-' or '_'.";
                return Err(Error::Invalid(what.into()));
            }
        };
        let body = Body::parse(body).map_err(|why| Error::Invalid(why.into()))?;
        Ok(Draft { body, client_id })
    }
}

fn is_client_id(id: &str) -> bool {
    id.len() <= MAX_CLIENT_ID
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// What became of a draft.
pub enum Posted {
    /// A new message; it is on disk and on its way to everyone.
    New(Message),
    /// This author used this client id before: the message from then.
    Before(Message),
}

/// The verbs on messages. Cheap to clone.
#[derive(Clone)]
pub struct Messages {
    app: App,
    pace: Arc<Pace>,
}

impl Messages {
    /// Messages of this server.
    pub fn new(app: App) -> Messages {
        Messages {
            app,
            pace: Arc::new(Pace::new(BURST, PER_SECOND)),
        }
    }

    /// Posts a draft: durable and published when the answer comes. It takes its place among the
    /// messages of its author by the call, not by the first poll.
    ///
    /// # Errors
    /// `TooMany` past 20 at once and 5 a second; `Unavailable` when the writer cannot take more.
    pub fn post(
        &self,
        member: &Member,
        draft: Draft,
    ) -> impl Future<Output = Result<Posted>> + Send + use<> {
        let (room, author, name) = (member.room.id, member.user.id, member.user.username.clone());
        let (db, live, client_id) = (&self.app.db, self.app.live.clone(), draft.client_id.clone());
        let post = move |tx: &mut Tx| {
            let posted = store::post(tx.conn, room, author, &name, draft, time::now())?;
            if let Posted::New(message) = &posted {
                let message = message.clone();
                tx.after_commit(move || publish(&live, message));
            }
            Ok(posted)
        };
        let written = self.pace(author).map(|()| db.write(post));
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

    /// The newest rev that was published in a room since the server started; none before the first.
    pub fn published(&self, room: RoomId) -> Option<i64> {
        self.app.live.topic(room).newest()
    }

    /// A part of a room's messages, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read(&self, member: &Member, window: Window) -> Result<Page> {
        let room = member.room.id;
        self.app
            .db
            .read(move |conn| store::page(conn, room, window))
            .await
    }

    fn pace(&self, author: UserId) -> Result<()> {
        if !self.app.config.limits {
            return Ok(());
        }
        self.pace.take(author.0, Instant::now()).map_err(|wait| {
            Error::TooMany(
                "You write faster than others can read. Wait a moment.".into(),
                wait,
            )
        })
    }
}

/// Those of these messages that a person may read now and that still say something, in any order: the last
/// word on what may be shown to them, whoever found the messages.
///
/// # Errors
/// Those of the database.
pub fn readable(conn: &mut Conn, person: UserId, ids: &[MessageId]) -> Result<Vec<Message>> {
    store::readable(conn, person, ids)
}

/// Messages in order, and what is around them.
pub struct Page {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// The room's rev when they were read.
    pub rev: i64,
    /// Whether there are more: older ones when reading back, newer ones when reading on.
    pub more: bool,
}

/// Hands a new message to all its readers. Should that fail, they find it in the database.
fn publish(live: &Live, message: Message) {
    let html = match push(&message) {
        Ok(html) => html,
        Err(error) => return tracing::error!(?error, "a message could not be rendered"),
    };
    let line = Line::Said {
        by: message.author,
        name: message.username,
        at: message.created_at,
        text: message.body.as_str().to_owned(),
    };
    let publication = Publication::new(Some(message.rev), &html, Some(line));
    live.publish(message.room, publication); // the writer flushes for all of a commit
}
