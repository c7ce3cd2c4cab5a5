//! Messages as JSON (see the wire contract in DESIGN).

use serde::Serialize;

use super::{Message, Version};
use crate::db::{
    ids::{MessageId, RoomId, UserId},
    time,
};

/// A message. Fields added later to the contract come after `deleted`.
#[derive(Serialize)]
pub struct MessageJson<'a> {
    id: MessageId,
    room: RoomId,
    rev: i64,
    client_id: &'a str,
    author: AuthorJson<'a>,
    body: &'a str,
    html: &'a str,
    created_at: String,
    edited_at: Option<String>,
    deleted: bool,
    pinned_at: Option<String>,
    reply_to: Option<QuoteJson<'a>>,
    thread: Option<MessageId>,
    answers: Option<AnswersJson<'a>>,
    reactions: Vec<ReactionJson<'a>>,
}

/// A user's id and name.
#[derive(Serialize)]
pub struct AuthorJson<'a> {
    pub id: UserId,
    pub username: &'a str,
}

#[derive(Serialize)]
struct QuoteJson<'a> {
    id: MessageId,
    author: AuthorJson<'a>,
    excerpt: Option<&'a str>,
}

#[derive(Serialize)]
struct AnswersJson<'a> {
    count: i64,
    last_by: &'a str,
    last_at: String,
}

#[derive(Serialize)]
struct ReactionJson<'a> {
    emoji: &'a str,
    count: i64,
    /// The first 50 users.
    people: Vec<AuthorJson<'a>>,
}

/// A version of a message's text.
#[derive(Serialize)]
pub struct VersionJson<'a> {
    body: &'a str,
    written_at: String,
}

impl<'a> From<&'a Version> for VersionJson<'a> {
    fn from(version: &'a Version) -> VersionJson<'a> {
        VersionJson {
            body: &version.body,
            written_at: time::iso(version.written_at),
        }
    }
}

impl<'a> From<&'a Message> for MessageJson<'a> {
    fn from(message: &'a Message) -> MessageJson<'a> {
        let quote = message.quote.as_ref();
        let answers = message.answers.as_ref();
        MessageJson {
            id: message.id,
            room: message.room,
            rev: message.rev,
            client_id: &message.client_id,
            author: person(message.author, &message.username),
            body: message.body.as_str(),
            html: message.html.as_str(),
            created_at: time::iso(message.created_at),
            edited_at: message.edited_at.map(time::iso),
            deleted: message.deleted_at.is_some(),
            pinned_at: message.pinned_at.map(time::iso),
            reply_to: quote.map(|quote| QuoteJson {
                id: quote.id,
                author: person(quote.author, &quote.username),
                excerpt: quote.excerpt.as_deref(),
            }),
            thread: message.thread,
            answers: answers.map(|answers| AnswersJson {
                count: answers.count,
                last_by: &answers.last_by,
                last_at: time::iso(answers.last_at),
            }),
            reactions: message.reactions.iter().map(ReactionJson::from).collect(),
        }
    }
}

impl<'a> From<&'a super::Reaction> for ReactionJson<'a> {
    fn from(reaction: &'a super::Reaction) -> ReactionJson<'a> {
        let people = reaction.people.iter();
        ReactionJson {
            emoji: &reaction.emoji,
            count: reaction.count,
            people: people.map(|(id, name)| person(*id, name)).collect(),
        }
    }
}

fn person(id: UserId, username: &str) -> AuthorJson<'_> {
    AuthorJson { id, username }
}
