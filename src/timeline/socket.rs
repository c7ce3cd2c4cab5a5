//! A page's socket: HTML out, JSON in.

use serde::Deserialize;

use super::Missed;
use crate::{
    db::time,
    error::{Error, Result},
    live::{CatchUp, Client},
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

    async fn post(&self, text: &str) -> Result<Option<String>, Notice> {
        let post: Post = serde_json::from_str(text).map_err(|_| {
            let form = r#"Send JSON: {"body": "…", "client_id": "…"}."#;
            Notice::new(&Error::Malformed(form.into()), None)
        })?;
        let posted = async {
            let draft = Draft::parse(&post.body, post.client_id.as_deref())?;
            match self.messages.post(&self.member, draft).await? {
                Posted::New(_) => Ok(None),
                Posted::Before(message) => messages::replace(&message).map(Some),
            }
        };
        posted.await.map_err(|error: Error| {
            if let Error::Internal(what) = &error {
                tracing::error!(what, "a message could not be posted");
            }
            Notice::new(&error, post.client_id)
        })
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

    async fn hear(&mut self, text: String) -> Option<String> {
        match self.post(&text).await {
            Ok(answer) => answer,
            Err(notice) => askama::Template::render(&notice).ok(),
        }
    }

    fn heartbeat(&self) -> Option<String> {
        Some(format!(r#"{{"heartbeat":{}}}"#, time::now()))
    }
}
