//! Messages: posting, editing, replying and reading, and their rendering as HTML, JSON and text.
//!
//! Invariants: a message is in its room's log exactly once per (author, client id). Each change takes the
//! room's next rev. The HTML is rendered once for all users and does not depend on the reader.

mod alt_texts;
mod attached;
mod changed_event;
mod differences;
mod draft;
mod edit;
mod emoji;
mod erase_author;
mod file_html;
mod file_list;
mod guard;
mod html;
pub mod http;
mod json;
pub mod markup;
mod media_html;
mod mentions;
mod message;
mod mutation;
mod pins;
mod post;
mod preview;
mod previews;
mod react;
mod remove_file;
mod remove_preview;
mod rerender;
mod retention;
mod store;
mod text;
mod welcome;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

pub use attached::Texts;
pub use draft::Draft;
pub use edit::editable_since;
pub use emoji::Emoji;
pub use erase_author::EraseAuthor;
pub use file_html::ShownFile;
pub use guard::MessageTarget;
pub use html::{Day, Shown, ShownTime, gap, gap_push, push, replace, reset};
pub use json::MessageJson;
pub use message::{Answers, Changed, Message, MessagePage, Quote, Reaction, Reactor};
pub use post::{PostForm, Posted};
pub use previews::FindLinkPreviews;
pub use react::ReactionChange;
pub use rerender::{RerenderEmoji, RerenderMentions, RerenderMessages};
pub use retention::{EraseOldMessages, erase_old_soon};
pub use store::{
    Author, Candidate, Changes, Gap, Version, Window, by_author, count_written, end_of_sent,
    first_sent, one, page, readable, root_of, sent_at, these,
};
pub use text::Html;
pub use welcome::welcome_html;

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
        time,
    },
    emoji::{EmojiCatalog, http::picker},
    error::{Error, Result},
    events::{Event, Events},
    rooms::Member,
    web::{
        paged::Paged,
        rate_limiter::{RateLimiter, TokenBucket},
        state::Handle,
    },
};
use changed_event::{changed_event, publication};
use message::{Grouping, QUOTED};
use mutation::{Mutation, gone};
use text::Body;

/// Messages per page.
pub const PAGE: i64 = 50;
/// Messages or threads per page of a user's inbox lists.
pub const LISTED: i64 = 50;
/// Files per page of a list of files.
pub const FILES_LISTED: i64 = 40;
/// The most completions of a typed username.
const OFFERED: usize = 8;
/// Messages and changes that a user may send in one burst.
const BURST: u32 = 20;
/// Messages and changes that a user may send per second after a burst.
const PER_SECOND: u32 = 5;

/// Adds the reactions of messages to changes of users and emoji, each in its transaction.
pub fn add_reactions(events: &Events) {
    events.in_transaction(rerender::on_event);
    events.in_transaction(erase_author::on_event);
}

/// Operations on messages. Cheap to clone.
#[derive(Clone)]
pub struct Messages {
    app: App,
    emoji: EmojiCatalog,
    posts: Arc<RateLimiter<UserId, TokenBucket>>,
    /// Counts changes of names and of emoji, which rendered messages contain. Starts at the time of the start.
    names: Arc<AtomicU64>,
}

impl Handle for Messages {}

impl Messages {
    /// Creates the operations. Messages of an older renderer version are rendered again in the background.
    pub fn new(app: App, emoji: EmojiCatalog) -> Messages {
        let names = Arc::new(AtomicU64::new(time::now().unsigned_abs()));
        let counter = names.clone();
        app.events.after_commit(move |event| {
            if let Event::UserChanged { .. } | Event::EmojiChanged { .. } = event {
                counter.fetch_add(1, Ordering::Release);
            }
        });
        add_reactions(&app.events);
        Messages {
            app,
            emoji,
            posts: Arc::new(RateLimiter::new(TokenBucket::new(BURST, PER_SECOND))),
            names,
        }
    }

    /// Version of the names of all users, and of the custom emoji. Rendered messages of another version are outdated.
    /// A cache must read it before the database.
    pub fn names_version(&self) -> u64 {
        self.names.load(Ordering::Acquire)
    }

    /// URL of the emoji for the picker, which differs when they have changed.
    pub async fn picker_address(&self) -> Result<String> {
        Ok(picker::address(&self.emoji.known().await?))
    }

    /// The newest rev published in a room since the server started; `None` before the first.
    pub fn published(&self, room: RoomId) -> Option<i64> {
        self.app.live.channel(room).newest()
    }

    /// Reads a window of a room's messages, oldest first.
    pub async fn read(&self, member: &Member, window: Window) -> Result<MessagePage> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::page(conn, room, window);
        self.app.db.read(read).await
    }

    /// One message of a room; `NotFound` if the room has no such message.
    pub async fn find(&self, member: &Member, id: MessageId) -> Result<Message> {
        let room = member.room.id;
        let find = move |conn: &mut Conn| store::one(conn, room, id)?.ok_or(Error::NotFound);
        self.app.db.read(find).await
    }

    /// The page around a message, and whether there are newer messages.
    pub async fn around(&self, member: &Member, id: MessageId) -> Result<(MessagePage, bool)> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::around(conn, room, id, PAGE);
        self.app.db.read(read).await
    }

    /// At most 8 members whose name starts with a text, most recent authors first.
    pub async fn mention_candidates(
        &self,
        member: &Member,
        begin: String,
    ) -> Result<Vec<Candidate>> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::mention_candidates(conn, room, &begin, OFFERED);
        self.app.db.read(read).await
    }

    /// The changes in a room after a rev.
    pub async fn changes(&self, member: &Member, after: i64) -> Result<Changes> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::changes(conn, room, after);
        self.app.db.read(read).await
    }

    /// The messages between two messages of a room.
    pub async fn between(
        &self,
        member: &Member,
        since: MessageId,
        before: MessageId,
    ) -> Result<Gap> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::gap_between(conn, room, since, before);
        self.app.db.read(read).await
    }

    /// The time of a message (ms UTC), or of the next one if it no longer exists.
    pub async fn sent_at(&self, id: MessageId) -> Result<Option<i64>> {
        let read = move |conn: &mut Conn| store::sent_at(conn, Some(id.0));
        self.app.db.read(read).await
    }

    /// The first message of a day of a room, which begins at `at` (ms UTC), or else the first one after it.
    pub async fn first_of_day(&self, member: &Member, at: i64) -> Result<Option<MessageId>> {
        let room = member.room.id;
        let find = move |conn: &mut Conn| store::first_of_day(conn, room, at);
        self.app.db.read(find).await
    }

    /// Messages that mention a user in the user's rooms, newest first, each with whether it is unread.
    pub async fn mentioning(
        &self,
        user: &User,
        only_unread: bool,
        skip: i64,
    ) -> Result<Paged<(Message, bool)>> {
        let user = user.id;
        let read = move |conn: &mut Conn| store::mentioning(conn, user, only_unread, skip, LISTED);
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
