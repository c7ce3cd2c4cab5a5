//! A page's socket: HTML out, JSON in.

use std::future::Future;

use serde::Deserialize;

use super::Missed;
use crate::{
    db::time,
    error::{Error, Result},
    live::{Answer, CatchUp, Client},
    messages::{self, Draft, Messages, Posted},
    presence::{Here, Presence},
    rooms::Member,
    web::page::Notice,
};

/// What hx-ws sends for the composer; other fields are ignored.
#[derive(Deserialize)]
struct Post {
    body: String,
    client_id: Option<String>,
}

/// The page at the other end of a socket.
pub struct Reader {
    member: Member,
    messages: Messages,
    presence: Presence,
    here: Option<Here>,
}

impl Reader {
    /// Not here yet: that comes with the first frame.
    pub fn new(member: Member, messages: Messages, presence: Presence) -> Reader {
        Reader {
            member,
            messages,
            presence,
            here: None,
        }
    }

    /// Queued by the call; the answer is for the sender alone: the message if it was there before.
    fn post(&self, text: &str) -> impl Future<Output = Result<Option<String>, Notice>> + use<> {
        let form = r#"Send JSON: {"body": "…", "client_id": "…"}."#;
        let post = serde_json::from_str::<Post>(text).map_err(|_| Error::Malformed(form.into()));
        let draft = |post: &Post| Draft::parse(&post.body, post.client_id.as_deref());
        let draft = post.as_ref().map_err(Error::clone).and_then(draft);
        let posting = draft.map(|draft| self.messages.post(&self.member, draft));
        let client_id = post.ok().and_then(|post| post.client_id);
        async move {
            let posted = match posting {
                Ok(posting) => posting.await,
                Err(error) => Err(error),
            };
            let answer = posted.and_then(|posted| match posted {
                Posted::New(_) => Ok(None),
                Posted::Before(message) => messages::replace(&message).map(Some),
            });
            answer.map_err(|error| {
                if let Error::Internal(what) = &error {
                    tracing::error!(what, "a message could not be posted");
                }
                Notice::new(&error, client_id)
            })
        }
    }
}

impl Client for Reader {
    const READS_HTML: bool = true;

    fn greet(&mut self) -> Result<String> {
        self.presence.with(&self.member).html()
    }

    async fn catch_up(&mut self, rev: i64) -> Result<CatchUp> {
        let missed = Missed::since(&self.messages, &self.member, rev).await?;
        Ok(CatchUp {
            pieces: missed.pieces(self.member.room.id)?,
            rev: missed.page.rev,
        })
    }

    fn arrive(&mut self) {
        self.here = Some(self.presence.enter(&self.member));
    }

    fn hear(&mut self, text: String) -> Answer {
        let post = self.post(&text);
        Box::pin(async move {
            post.await
                .unwrap_or_else(|notice| askama::Template::render(&notice).ok())
        })
    }

    fn heartbeat(&self) -> Option<String> {
        Some(format!(r#"{{"heartbeat":{}}}"#, time::now()))
    }
}
