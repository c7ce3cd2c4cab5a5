//! Plain-text socket of the original project: one line a frame, with the same log and guards as the page.

pub mod http;

use std::future::Future;

use crate::{
    db::time,
    error::{Error, Result},
    live::{CloseReason, Publication, Replay, SocketHandler, TextLine, TextReply},
    messages::{Draft, Message, Messages, Posted, Window},
    presence::{Presence, RoomPresence},
    rooms::{Member, Rooms},
    web::line_ends::in_one_line,
};

/// Messages sent to a new connection.
const HISTORY: i64 = 20;
/// Name of the server in lines.
const SERVER: &str = "Server";

/// Socket of a plain-text client.
pub struct PlainTextSocket {
    member: Member,
    messages: Messages,
    presence: Presence,
    rooms: Rooms,
    here: Option<RoomPresence>,
}

impl PlainTextSocket {
    /// The user is not online until the first frame.
    pub fn new(
        member: Member,
        (messages, presence, rooms): (Messages, Presence, Rooms),
    ) -> PlainTextSocket {
        PlainTextSocket {
            member,
            messages,
            presence,
            rooms,
            here: None,
        }
    }

    fn post(&self, text: &str) -> Result<impl Future<Output = Result<Posted>> + use<>> {
        let draft = Draft::parse(text, None)?;
        Ok(self.messages.post(&self.member, draft))
    }
}

impl SocketHandler for PlainTextSocket {
    const READS_HTML: bool = false;

    async fn authorize(&mut self) -> Result<(), CloseReason> {
        let (user, room) = (self.member.user.clone(), self.member.room.id);
        let admitted = self.rooms.admit(user, room).await;
        admitted.map(drop).map_err(|_| CloseReason::NOT_A_MEMBER)
    }

    async fn on_open(&mut self) -> Result<Vec<String>> {
        Ok(vec![in_one_line(&self.presence.with(&self.member).line())])
    }

    async fn replay(&mut self, rev: i64) -> Result<Replay> {
        let (left_out, fresh, rev) = match self.here {
            None => {
                let newest = Window::Newest(HISTORY);
                let page = self.messages.read(&self.member, newest).await?;
                (0, page.messages, page.rev)
            }
            Some(_) => {
                let changes = self.messages.changes(&self.member, rev).await?;
                let left_out = changes.gap.map_or(0, |gap| gap.count);
                (left_out, changes.fresh, changes.rev)
            }
        };
        let mut pieces = Vec::with_capacity(fresh.len() + 1);
        if left_out > 0 {
            pieces.push(server_line(&format!("{left_out} messages are left out.")));
        }
        let is_shown = |m: &&Message| m.deleted_at.is_none() && m.thread.is_none();
        let shown = fresh.iter().filter(is_shown);
        pieces.extend(shown.map(|m| line(m.created_at, &m.author.username, &m.line())));
        Ok(Replay { pieces, rev })
    }

    fn on_ready(&mut self) {
        self.here = Some(self.presence.enter(&self.member));
    }

    fn encode(&self, publication: &Publication) -> Option<String> {
        Some(match publication.line.as_ref()? {
            TextLine::Message {
                author, at, text, ..
            } if *author == self.member.user.id => line(*at, "Me", text),
            TextLine::Message { name, at, text, .. } => line(*at, name, text),
            TextLine::Announcement { at, text } => line(*at, SERVER, text),
            TextLine::Status(text) => in_one_line(text),
        })
    }

    fn on_text(&mut self, text: String) -> TextReply {
        let posting = (!text.trim().is_empty()).then(|| self.post(&text));
        Box::pin(async move {
            let error = match posting? {
                Ok(posting) => posting.await.err()?,
                Err(error) => error,
            };
            if let Error::Internal(what) = &error {
                tracing::error!(what, "a message could not be posted");
            }
            Some(server_line(&error.to_string()))
        })
    }
}

/// Formats one line. A line end inside could imitate another user's message.
fn line(at: i64, name: &str, text: &str) -> String {
    in_one_line(&format!("[{}] {name}: {text}", time::seconds(at)))
}

fn server_line(text: &str) -> String {
    line(time::now(), SERVER, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Earlier versions stored texts and names with such characters.
    #[test]
    fn a_stored_text_with_any_line_end_is_one_line() {
        for end in [
            "\n", "\r", "\r\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}", "\0",
        ] {
            let (name, text) = (
                format!("ada{end}"),
                format!("hi{end}[00:00:00] Server: bye"),
            );
            let line = line(0, &name, &text);
            assert_eq!(
                line, "[00:00:00] ada : hi [00:00:00] Server: bye",
                "{end:?}"
            );
        }
    }
}
