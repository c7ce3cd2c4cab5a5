//! Socket of a room page: HTML out, JSON in.

use std::{
    borrow::Cow,
    future::{Future, ready},
    sync::Arc,
};

use askama::Template;
use serde::{Deserialize, de::IgnoredAny};

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

/// Message from a page.
enum Inbound {
    /// A message to post, as hx-ws sends the composer's fields.
    Post(PostForm),
    /// The newest message that the reader has read.
    Read(MessageId),
    Typing,
    /// The page asks for the counts in its sidebar.
    Badges,
}

/// Fields that decide the type of a message; all others are ignored.
#[derive(Deserialize)]
struct Envelope<'a> {
    /// `post`, `read`, `typing` or `badges`. Without it, the other fields decide: hx-ws sends none, and neither do
    /// pages that were opened before this field existed.
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    client_id: Option<String>,
    body: Option<IgnoredAny>,
    read: Option<IgnoredAny>,
    typing: Option<IgnoredAny>,
}

/// Payload of `read`.
#[derive(Deserialize)]
struct ReadPosition {
    read: MessageId,
}

impl Inbound {
    /// Parses one text frame. A refusal is a notice for the sender.
    fn parse(text: &str) -> Result<Inbound, Notice> {
        let form = r#"Send JSON: {"body": "…", "client_id": "…"}."#;
        let malformed = |_| notice(&Error::Malformed(form.into()), None);
        let envelope: Envelope = serde_json::from_str(text).map_err(malformed)?;
        match envelope.kind() {
            "post" => serde_json::from_str(text).map(Inbound::Post),
            "read" => serde_json::from_str(text).map(|ReadPosition { read }| Inbound::Read(read)),
            "typing" => Ok(Inbound::Typing),
            "badges" => Ok(Inbound::Badges),
            _ => {
                let types = r#"Unknown message type. Use "post", "read", "typing", or "badges"."#;
                let error = Error::Malformed(types.into());
                return Err(notice(&error, envelope.client_id));
            }
        }
        .map_err(malformed)
    }
}

impl Envelope<'_> {
    fn kind(&self) -> &str {
        match (&self.kind, &self.body, &self.read, &self.typing) {
            (Some(kind), ..) => kind,
            (None, None, Some(_), _) => "read",
            (None, None, None, Some(_)) => "typing",
            _ => "post",
        }
    }
}

/// Socket of a room page.
pub struct RoomSocket {
    member: Member,
    pages: Arc<RoomPages>,
    feed: SidebarFeed,
    presence: Option<RoomPresence>,
}

impl RoomSocket {
    /// The user counts as present from the first frame on.
    pub fn new(member: Member, made: PageState, pages: Arc<RoomPages>) -> RoomSocket {
        let handles = (pages.app.clone(), pages.rooms.clone());
        let feed = SidebarFeed::new(member.user.clone(), Some(member.room.id), made, handles);
        RoomSocket {
            member,
            pages,
            feed,
            presence: None,
        }
    }

    /// Queues a post immediately. The reply is for the sender alone: the message, if it was posted before.
    fn post(&self, post: PostForm) -> impl Future<Output = Result<Option<String>, Notice>> + use<> {
        self.pages.presence.stopped_typing(&self.member);
        let draft = post.draft();
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

    /// Moves the read position. After a failure, the page sends it again with the next message.
    fn read(&self, up_to: MessageId) -> TextReply {
        let (reading, member) = (self.pages.reading.clone(), self.member.clone());
        Box::pin(async move {
            let mark = Mark::UpTo(up_to);
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
            Err(Error::NotFound) => Err(CloseReason::NOT_A_MEMBER),
            Err(_) => Err(CloseReason::TRY_LATER),
        }
    }

    async fn on_open(&mut self) -> Result<Vec<String>> {
        let presence = &self.pages.presence;
        let mut pieces = vec![presence.with(&self.member).html()?];
        pieces.push(presence.typing_html(self.member.room.id)?);
        pieces.extend(self.feed.open().await?);
        Ok(pieces)
    }

    async fn replay(&mut self, rev: i64) -> Result<Replay> {
        let changes = self.pages.messages.changes(&self.member, rev).await?;
        let now = changes.rev;
        let missed = super::changes_html(self.member.room.id, changes)?;
        let pieces = Some(missed).filter(|html| !html.is_empty());
        Ok(Replay {
            rev: now,
            pieces: pieces.into_iter().collect(),
        })
    }

    fn on_ready(&mut self) {
        self.presence = Some(self.pages.presence.enter(&self.member));
    }

    fn on_text(&mut self, text: String) -> TextReply {
        match Inbound::parse(&text) {
            Ok(Inbound::Post(post)) => {
                let post = self.post(post);
                Box::pin(async move { post.await.unwrap_or_else(|notice| notice.render().ok()) })
            }
            Ok(Inbound::Read(up_to)) => self.read(up_to),
            Ok(Inbound::Typing) => {
                self.pages.presence.typing(&self.member);
                Box::pin(ready(None))
            }
            Ok(Inbound::Badges) => {
                self.feed.refresh();
                Box::pin(ready(None))
            }
            Err(notice) => Box::pin(ready(notice.render().ok())),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A short form of an outcome: the kind, or the text of the notice.
    fn outcome(text: &str) -> String {
        match Inbound::parse(text) {
            Ok(Inbound::Post(post)) => format!("post {}", post.body),
            Ok(Inbound::Read(up_to)) => format!("read {up_to}"),
            Ok(Inbound::Typing) => "typing".into(),
            Ok(Inbound::Badges) => "badges".into(),
            Err(notice) => notice.render().expect("it renders"),
        }
    }

    #[test]
    fn the_type_of_a_frame_decides_and_old_pages_need_none() {
        for (text, expected) in [
            (r#"{"type":"post","body":"hi"}"#, "post hi"),
            (r#"{"type":"read","read":41}"#, "read 41"),
            (r#"{"type":"typing"}"#, "typing"),
            (r#"{"type":"badges"}"#, "badges"),
            (r#"{"type":"typing","typing":0}"#, "typing"),
            (
                r#"{"body":"hi","client_id":"c","headers":{"HX-Request":"true"}}"#,
                "post hi",
            ),
            (r#"{"read":41}"#, "read 41"),
            (r#"{"typing":true}"#, "typing"),
            (r#"{"read":41,"typing":true}"#, "read 41"),
            (r#"{"body":"hi","read":41,"typing":"x"}"#, "post hi"),
            (r#"{"type":"read","read":41,"body":"hi"}"#, "read 41"),
            (r#"{"type":"\u0070ost","body":"hi"}"#, "post hi"),
            (r#"{"type":null,"body":"hi"}"#, "post hi"),
        ] {
            assert_eq!(outcome(text), expected, "{text}");
        }
    }

    #[test]
    fn an_invalid_frame_gets_a_notice() {
        for text in [
            "",
            "{",
            "[]",
            "null",
            "{}",
            r#"{"type":"post"}"#,
            r#"{"type":"read","read":"all"}"#,
            r#"{"type":5,"body":"hi"}"#,
            r#"{"body":null,"client_id":"c"}"#,
        ] {
            assert!(outcome(text).contains("Send JSON"), "{text}");
        }
        let unknown = outcome(r#"{"type":"dance","client_id":"c-1","body":"hi"}"#);
        assert!(unknown.contains("Unknown message type"), "{unknown}");
        assert!(unknown.contains("c-1"), "it names its message: {unknown}");
        assert!(!unknown.contains("dance"), "{unknown}");
    }
}
