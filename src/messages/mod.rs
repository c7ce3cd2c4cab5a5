//! Messages: posting, changing, answering and reading them, and their one shape as HTML, JSON and text.
//!
//! Invariants: a message is in its room's log exactly once per (author, client id); every change of it
//! takes the room's next rev; its HTML is made once for everyone and holds nothing that depends on the
//! reader.

mod edit;
mod emoji;
mod emoji_groups;
mod form;
mod guard;
mod html;
pub mod http;
mod json;
pub mod markup;
mod mentions;
mod mutation;
mod pages;
mod pins;
mod post;
mod react;
mod rerender;
mod store;
mod text;

use std::{sync::Arc, time::Instant};

pub use edit::Version;
pub use emoji::Emoji;
pub use emoji_groups::{EmojiGroup, NamedEmoji, emoji_groups};
pub use form::PostForm;
pub use guard::MessageTarget;
pub use html::{Day, Shown, gap, gap_push, push, replace, reset};
pub use json::{AuthorJson, MessageJson, VersionJson};
pub use post::{Draft, Posted};
pub use rerender::RerenderMessages;
pub use store::{Changes, Gap, Window, first_sent, one, page, root_of, these};
pub use text::Html;

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    rooms::Member,
    web::{
        paged::Paged,
        rate_limiter::{RateLimiter, TokenBucket},
        state::Handle,
    },
};
use mutation::{Mutation, changed_event, gone};
use text::Body;

/// Messages on a page.
pub const PAGE: i64 = 50;
/// Messages or threads in one list of what concerns a person.
pub const LISTED: i64 = 50;
/// People that are offered for the beginning of a name.
const OFFERED: usize = 8;
/// Characters of a message where another one quotes it.
const QUOTED: usize = 140;
/// A person may write or change so much at once,
const BURST: u32 = 20;
/// then so much a second.
const PER_SECOND: u32 = 5;

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
    /// As it was written; empty when it was deleted.
    pub body: Body,
    /// The same for readers.
    pub html: Html,
    /// Milliseconds UTC.
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub pinned_at: Option<i64>,
    /// What it replies to.
    pub quote: Option<Quote>,
    /// Of an answer in a thread: the message that the thread is about.
    pub thread: Option<MessageId>,
    /// What was answered to it in its thread, if anything.
    pub answers: Option<Answers>,
    /// In the order in which they were first given.
    pub reactions: Vec<Reaction>,
    grouping: Grouping,
}

/// What a reply shows of the message that it replies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub id: MessageId,
    pub author: UserId,
    pub username: String,
    /// Its beginning on one line; none when it was deleted.
    pub excerpt: Option<String>,
}

/// What a message shows of its thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Those that are not deleted.
    pub count: i64,
    /// Who wrote the newest of them, and when (ms UTC).
    pub last_by: String,
    pub last_at: i64,
}

/// One emoji under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    pub emoji: String,
    pub count: i64,
    /// The first of those who gave it.
    pub people: Vec<(UserId, String)>,
}

/// Where a message stands among its neighbours; decided once, when it is posted, for every reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grouping {
    /// The same author goes on within five minutes.
    Continued,
    /// Somebody begins to speak.
    Run,
    /// The first message of a day (UTC) in its room.
    Day,
}

/// A message that was changed, with what else on a page shows a part of it.
#[derive(Clone, Debug)]
pub struct Changed {
    pub message: Message,
    /// The newest of the replies that quote it.
    pub quoted_by: Vec<MessageId>,
}

impl Message {
    /// Its beginning on one line.
    pub fn excerpt(&self) -> String {
        markup::excerpt(self.body.as_str(), QUOTED)
    }
}

impl From<Message> for Changed {
    /// For somebody who shows the message alone.
    fn from(message: Message) -> Changed {
        Changed {
            message,
            quoted_by: Vec::new(),
        }
    }
}

/// Messages in order, and what is around them.
pub struct MessagePage {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// The room's rev when they were read.
    pub rev: i64,
    /// Whether there are more: older ones when reading back, newer ones when reading on.
    pub more: bool,
}

impl MessagePage {
    /// The first message, if there are older ones before it.
    pub fn older(&self) -> Option<MessageId> {
        let first = self.messages.first().filter(|_| self.more);
        first.map(|message| message.id)
    }
}

/// The verbs on messages. Cheap to clone.
#[derive(Clone)]
pub struct Messages {
    app: App,
    posts: Arc<RateLimiter<UserId, TokenBucket>>,
}

impl Handle for Messages {}

impl Messages {
    /// Messages of this server. What an older version rendered is rendered again in the background.
    pub fn new(app: App) -> Messages {
        Messages {
            app,
            posts: Arc::new(RateLimiter::new(TokenBucket::new(BURST, PER_SECOND))),
        }
    }

    /// The newest rev that was published in a room since the server started; none before the first.
    pub fn published(&self, room: RoomId) -> Option<i64> {
        self.app.live.channel(room).newest()
    }

    /// A part of a room's messages, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read(&self, member: &Member, window: Window) -> Result<MessagePage> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::page(conn, room, window);
        self.app.db.read(read).await
    }

    /// One message of a room.
    ///
    /// # Errors
    /// `NotFound` when it is in no such room.
    pub async fn find(&self, member: &Member, id: MessageId) -> Result<Message> {
        let room = member.room.id;
        let find = move |conn: &mut Conn| store::one(conn, room, id)?.ok_or(Error::NotFound);
        self.app.db.read(find).await
    }

    /// A message of a room with those around it: a page, and whether there are newer ones.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn around(&self, member: &Member, id: MessageId) -> Result<(MessagePage, bool)> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::around(conn, room, id, PAGE);
        self.app.db.read(read).await
    }

    /// People of a room whose name begins so, at most 8: those who wrote last first. Number, username and
    /// display name of each.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mention_candidates(
        &self,
        member: &Member,
        begin: String,
    ) -> Result<Vec<(UserId, String, String)>> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::mention_candidates(conn, room, &begin, OFFERED);
        self.app.db.read(read).await
    }

    /// What changed in a room after a rev.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn changes(&self, member: &Member, after: i64) -> Result<Changes> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::changes(conn, room, after);
        self.app.db.read(read).await
    }

    /// What is left out of a room's messages between two of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn between(
        &self,
        member: &Member,
        since: MessageId,
        before: MessageId,
    ) -> Result<Gap> {
        let room = member.room.id;
        let count = move |conn: &mut Conn| store::count_between(conn, room, since, before);
        let count = self.app.db.read(count).await?;
        Ok(Gap {
            since,
            before,
            count,
        })
    }

    /// The first message of a room at or after a moment (ms UTC).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn first_since(&self, member: &Member, at: i64) -> Result<Option<MessageId>> {
        let room = member.room.id;
        let find = move |conn: &mut Conn| store::first_since(conn, room, at);
        self.app.db.read(find).await
    }

    /// The messages that name a person, in the rooms they are in, the newest first; each with whether it
    /// is unread. And whether there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn mentioning(&self, user: &User, skip: i64) -> Result<Paged<(Message, bool)>> {
        let user = user.id;
        let read = move |conn: &mut Conn| store::mentioning(conn, user, skip, LISTED);
        self.app.db.read(read).await
    }

    fn limit(&self, author: UserId) -> Result<()> {
        if !self.app.config.limits {
            return Ok(());
        }
        self.posts.take(author, Instant::now()).map_err(|wait| {
            Error::TooMany(
                "You’re sending messages too quickly. Wait a moment.".into(),
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
