//! A page's socket: HTML out, JSON in.

use std::{
    future::{Future, ready},
    sync::Arc,
};

use serde::Deserialize;

use super::posting::Post;
use crate::{
    db::{ids::MessageId, time},
    error::{Error, Result},
    live::{CloseReason, OnlineUsers, Replay, SocketHandler, TextReply},
    messages::{self, Messages, Posted},
    presence::{Presence, RoomPresence},
    rooms::{Member, Rooms},
    sidebar::{Mark, PageState, Sidebar, SidebarFeed},
    web::page::Notice,
};

/// What a page says; other fields are ignored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    /// What hx-ws sends for the composer.
    Post(Post),
    /// The newest message that was seen.
    Read { read: i64 },
    /// Somebody is writing.
    Typing {
        #[serde(rename = "typing")]
        _typing: bool,
    },
}

/// What a page's verbs need.
pub struct Services {
    pub messages: Messages,
    pub online: OnlineUsers,
    pub presence: Presence,
    pub rooms: Rooms,
    pub sidebar: Sidebar,
}

/// The page at the other end of a socket.
pub struct RoomSocket {
    member: Member,
    services: Arc<Services>,
    ears: SidebarFeed,
    here: Option<RoomPresence>,
}

impl RoomSocket {
    /// Not here yet: that comes with the first frame.
    pub fn new(member: Member, made: PageState, services: Arc<Services>) -> RoomSocket {
        let (user, sidebar) = (member.user.clone(), services.sidebar.clone());
        let ears = SidebarFeed::new(user, Some(member.room.id), made, sidebar);
        RoomSocket {
            member,
            services,
            ears,
            here: None,
        }
    }

    /// Queued by the call; the answer is for the sender alone: the message if it was there before.
    fn post(&self, post: Post) -> impl Future<Output = Result<Option<String>, Notice>> + use<> {
        self.services.presence.wrote(&self.member);
        let draft = post.draft(&self.services.online);
        let posting = draft.map(|draft| self.services.messages.post(&self.member, draft));
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
        let (sidebar, member) = (self.services.sidebar.clone(), self.member.clone());
        Box::pin(async move {
            let mark = Mark::UpTo(MessageId(up_to));
            if let Err(Error::Internal(what)) = sidebar.mark(&member, mark).await {
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
        Error::NotFound => Notice::new(&super::gone(), client_id),
        _ => Notice::new(error, client_id),
    }
}

impl SocketHandler for RoomSocket {
    const READS_HTML: bool = true;

    async fn authorize(&mut self) -> Result<(), CloseReason> {
        let (user, room) = (self.member.user.clone(), self.member.room.id);
        match self.services.rooms.admit(user, room).await {
            Ok(_) => Ok(()),
            Err(Error::NotFound) => Err(CloseReason::OUTSIDE),
            Err(_) => Err(CloseReason::LATER),
        }
    }

    async fn on_open(&mut self) -> Result<Vec<String>> {
        let mut pieces = vec![self.services.presence.with(&self.member).html()?];
        pieces.extend(self.ears.open().await?);
        Ok(pieces)
    }

    async fn replay(&mut self, rev: i64) -> Result<Replay> {
        let changes = self.services.messages.changes(&self.member, rev).await?;
        let now = changes.rev;
        let missed = super::caught_up(self.member.room.id, changes)?;
        Ok(Replay {
            rev: now,
            pieces: Some(missed)
                .filter(|html| !html.is_empty())
                .into_iter()
                .collect(),
        })
    }

    fn on_ready(&mut self) {
        self.here = Some(self.services.presence.enter(&self.member));
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
                self.services.presence.typing(&self.member);
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
        self.ears.invalidated().await;
    }

    async fn updates(&mut self) -> Result<Vec<String>> {
        self.ears.updates().await
    }

    fn heartbeat(&self) -> Option<String> {
        Some(format!(r#"{{"heartbeat":{}}}"#, time::now()))
    }
}
