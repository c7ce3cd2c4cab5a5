//! A message as HTML and as JSON.

use askama::Template;
use serde::Serialize;

use super::{Html, Message, Place, text};
use crate::{
    db::{
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::Result,
};

/// What the templates of a message need; nothing in it depends on the reader.
pub struct Shown {
    pub id: MessageId,
    pub rev: i64,
    pub author_id: UserId,
    pub author: String,
    pub client_id: String,
    pub continued: bool,
    /// The separator before it.
    pub day: Option<Day>,
    pub iso: String,
    pub clock: String,
    pub body: Html,
    pub large: bool,
}

/// A day separator (UTC; the browser adapts it).
pub struct Day {
    pub iso: String,
    pub label: String,
}

impl Shown {
    /// The look of a message.
    pub fn of(message: &Message) -> Shown {
        let at = message.created_at;
        let day = || Day {
            iso: time::day(at),
            label: time::day_label(at),
        };
        Shown {
            id: message.id,
            rev: message.rev,
            author_id: message.author,
            author: message.username.clone(),
            client_id: message.client_id.clone(),
            continued: message.place == Place::Continued,
            day: (message.place == Place::Day).then(day),
            iso: time::iso(at),
            clock: time::clock(at),
            body: message.body.html(),
            large: text::is_large(message.body.as_str()),
        }
    }
}

#[derive(Template)]
#[template(path = "messages/push.html")]
struct Push<'a> {
    message: &'a Shown,
}

#[derive(Template)]
#[template(path = "messages/replace.html")]
struct Replace<'a> {
    message: &'a Shown,
}

#[derive(Template)]
#[template(path = "messages/gap_push.html")]
struct GapPush {
    room_id: RoomId,
    after: i64,
    until: i64,
    count: i64,
}

#[derive(Template)]
#[template(path = "messages/gap.html")]
struct Gap {
    room_id: RoomId,
    after: i64,
    until: i64,
    count: i64,
}

/// The HTML that appends a message to a page, byte for byte what live readers got.
///
/// # Errors
/// `Internal` when the template fails.
pub fn push(message: &Message) -> Result<String> {
    Ok(Push {
        message: &Shown::of(message),
    }
    .render()?)
}

/// The HTML that puts a message in the place of itself.
///
/// # Errors
/// `Internal` when the template fails.
pub fn replace(message: &Message) -> Result<String> {
    Ok(Replace {
        message: &Shown::of(message),
    }
    .render()?)
}

/// The HTML that appends a mark for the changes with `after` < rev ≤ `until`, with a link to them.
///
/// # Errors
/// `Internal` when the template fails.
pub fn gap_push(room_id: RoomId, after: i64, until: i64) -> Result<String> {
    Ok(GapPush {
        room_id,
        after,
        until,
        count: until - after,
    }
    .render()?)
}

/// The mark alone.
///
/// # Errors
/// `Internal` when the template fails.
pub fn gap(room_id: RoomId, after: i64, until: i64) -> Result<String> {
    Ok(Gap {
        room_id,
        after,
        until,
        count: until - after,
    }
    .render()?)
}

/// A message as programs get it (DESIGN, wire contract).
#[derive(Serialize)]
pub struct MessageJson<'a> {
    id: MessageId,
    room: RoomId,
    rev: i64,
    client_id: &'a str,
    author: Author<'a>,
    body: &'a str,
    html: String,
    created_at: String,
    edited_at: Option<String>,
    deleted: bool,
}

#[derive(Serialize)]
struct Author<'a> {
    id: UserId,
    username: &'a str,
}

impl<'a> From<&'a Message> for MessageJson<'a> {
    fn from(message: &'a Message) -> MessageJson<'a> {
        MessageJson {
            id: message.id,
            room: message.room,
            rev: message.rev,
            client_id: &message.client_id,
            author: Author {
                id: message.author,
                username: &message.username,
            },
            body: message.body.as_str(),
            html: message.body.html().to_string(),
            created_at: time::iso(message.created_at),
            edited_at: message.edited_at.map(time::iso),
            deleted: message.deleted_at.is_some(),
        }
    }
}
