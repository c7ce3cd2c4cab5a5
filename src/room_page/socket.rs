//! A page's socket: HTML out, JSON in.

use std::future::{Future, ready};

use serde::Deserialize;

use super::RoomPages;
use crate::{
    db::{ids::MessageId, time},
    error::{Error, Result},
    live::{CloseReason, Replay, SocketHandler, TextReply},
    messages::{self, PostForm, Posted},
    presence::RoomPresence,
    reading::Mark,
    rooms::Member,
    sidebar::{PageState, SidebarFeed},
    web::page::Notice,
};

/// What a page says; other fields are ignored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    /// What hx-ws sends for the composer.
    Post(PostForm),
    /// The newest message that was seen.
    Read { read: i64 },
    /// Somebody is writing.
    Typing {
        #[serde(rename = "typing")]
        _typing: bool,
    },
}

/// The page at the other end of a socket.
pub struct RoomSocket {
    member: Member,
    pages: RoomPages,
    feed: SidebarFeed,
    here: Option<RoomPresence>,
}

impl RoomSocket {
    /// Not here yet: that comes with the first frame.
    pub fn new(member: Member, made: PageState, pages: RoomPages) -> RoomSocket {
        let handles = (pages.app.clone(), pages.rooms.clone());
        let feed = SidebarFeed::new(member.user.clone(), Some(member.room.id), made, handles);
        RoomSocket {
            member,
            pages,
            feed,
            here: None,
        }
    }

    /// Queued by the call; the answer is for the sender alone: the message if it was there before.
    fn post(&self, post: PostForm) -> impl Future<Output = Result<Option<String>, Notice>> + use<> {
        self.pages.presence.stopped_typing(&self.member);
        let draft = post.draft(&self.pages.app.live);
        let posting = draft.map(|draft| self.pages.messages.post(&self.member, draft));
        let client_id = post.client_id;
        async move {
            let posted = match posting {
                Ok(posting) => posting.await,
                Err(error) => Err(error),
            };
            let answer = posted.and_then(|posted| match posted {
                Posted::New(_) => Ok(None),
                Posted::Before(message) => messages::replace(&message.into()).map(Some),
            });
            answer.map_err(|error| notice(&error, client_id))
        }
    }

    /// Moves the last-read position. Should that fail, the page says it again with the next message.
    fn read(&self, up_to: i64) -> TextReply {
        let (reading, member) = (self.pages.reading.clone(), self.member.clone());
        Box::pin(async move {
            let mark = Mark::UpTo(MessageId(up_to));
            if let Err(Error::Internal(what)) = reading.mark(&member, mark).await {
                tracing::error!(what, "a last-read position could not be moved");
            }
            None
        })
    }
}

fn notice(error: &Error, client_id: Option<String>) -> Notice {
    if let Error::Internal(what) = error {
        tracing::error!(what, "a message could not be posted");
    }
    match error {
        Error::NotFound => Notice::new(&super::no_longer_member(), client_id),
        _ => Notice::new(error, client_id),
    }
}

impl SocketHandler for RoomSocket {
    const READS_HTML: bool = true;

    async fn authorize(&mut self) -> Result<(), CloseReason> {
        let (user, room) = (self.member.user.clone(), self.member.room.id);
        match self.pages.rooms.admit(user, room).await {
            Ok(_) => Ok(()),
            Err(Error::NotFound) => Err(CloseReason::OUTSIDE),
            Err(_) => Err(CloseReason::LATER),
        }
    }

    async fn on_open(&mut self) -> Result<Vec<String>> {
        let mut pieces = vec![self.pages.presence.with(&self.member).html()?];
        pieces.extend(self.feed.open().await?);
        Ok(pieces)
    }

    async fn replay(&mut self, rev: i64) -> Result<Replay> {
        let changes = self.pages.messages.changes(&self.member, rev).await?;
        let now = changes.rev;
        let missed = super::changes_html(self.member.room.id, changes)?;
        Ok(Replay {
            rev: now,
            pieces: Some(missed)
                .filter(|html| !html.is_empty())
                .into_iter()
                .collect(),
        })
    }

    fn on_ready(&mut self) {
        self.here = Some(self.pages.presence.enter(&self.member));
    }

    fn on_text(&mut self, text: String) -> TextReply {
        match serde_json::from_str(&text) {
            Ok(Said::Post(post)) => {
                let post = self.post(post);
                Box::pin(async move {
                    post.await
                        .unwrap_or_else(|notice| askama::Template::render(&notice).ok())
                })
            }
            Ok(Said::Read { read }) => self.read(read),
            Ok(Said::Typing { .. }) => {
                self.pages.presence.typing(&self.member);
                Box::pin(ready(None))
            }
            Err(_) => {
                let form = r#"Send JSON: {"body": "…", "client_id": "…"}."#;
                let notice = notice(&Error::Malformed(form.into()), None);
                Box::pin(ready(askama::Template::render(&notice).ok()))
            }
        }
    }

    async fn invalidated(&self) {
        self.feed.invalidated().await;
    }

    async fn updates(&mut self) -> Result<Vec<String>> {
        self.feed.updates().await
    }

    fn heartbeat(&self) -> Option<String> {
        Some(format!(r#"{{"heartbeat":{}}}"#, time::now()))
    }
}
