//! Reactions to a message.

use std::sync::Arc;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};

use super::message::changed;
use crate::{
    error::Result,
    messages::{Emoji, PersonJson},
    timeline::{Services, guard::At},
    web::{body::Sent, page::json},
};

/// An emoji, or its shortcode between colons.
#[derive(Deserialize)]
pub struct Given {
    emoji: String,
}

/// `POST /rooms/{id}/messages/{id}/reactions`: gives it, or takes it back.
#[handler]
pub async fn toggle(
    at: At,
    Sent(given): Sent<Given, 4096>,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    let emoji = Emoji::parse(&given.emoji)?;
    let message = services.messages.toggle(&at.member, at.id, emoji).await?;
    changed(&at, message)
}

/// `PUT /rooms/{id}/messages/{id}/reactions/{emoji}`
#[handler]
pub async fn give(
    at: At,
    Path((_, _, emoji)): Path<(String, String, String)>,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    let emoji = Emoji::parse(&emoji)?;
    let message = services.messages.react(&at.member, at.id, emoji).await?;
    changed(&at, message)
}

/// `DELETE /rooms/{id}/messages/{id}/reactions/{emoji}`
#[handler]
pub async fn take(
    at: At,
    Path((_, _, emoji)): Path<(String, String, String)>,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    let emoji = Emoji::parse(&emoji)?;
    let message = services.messages.unreact(&at.member, at.id, emoji).await?;
    changed(&at, message)
}

#[derive(Serialize)]
struct ReactorsJson<'a> {
    reactions: Vec<ReactorJson<'a>>,
}

#[derive(Serialize)]
struct ReactorJson<'a> {
    emoji: &'a str,
    person: PersonJson<'a>,
}

/// `GET /rooms/{id}/messages/{id}/reactions`: who gave which, for programs.
#[handler]
pub async fn index(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    let given = services.messages.reactors(&at.member, at.id).await?;
    let reactions = given
        .iter()
        .map(|(emoji, id, username)| ReactorJson {
            emoji,
            person: PersonJson { id: *id, username },
        })
        .collect();
    Ok(json(StatusCode::OK, &ReactorsJson { reactions }))
}
