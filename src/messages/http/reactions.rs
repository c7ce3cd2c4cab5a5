//! Reactions to a message.

use poem::{handler, web::Path};
use serde::{Deserialize, Serialize};

use super::changed;
use crate::{
    error::Result,
    messages::{AuthorJson, Emoji, MessageTarget, Messages},
    web::{body::FormOrJson, reply::Reply, state::State},
};

/// An emoji, or its shortcode between colons.
#[derive(Deserialize)]
pub struct ReactionForm {
    emoji: String,
}

/// `POST /rooms/{id}/messages/{id}/reactions`: adds or removes a reaction.
#[handler]
pub async fn toggle(
    target: MessageTarget,
    FormOrJson(form): FormOrJson<ReactionForm, 4096>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let emoji = Emoji::parse(&form.emoji)?;
    let message = messages.toggle(&target.member, target.id, emoji).await?;
    changed(&target, message)
}

/// `PUT /rooms/{id}/messages/{id}/reactions/{emoji}`
#[handler]
pub async fn give(
    target: MessageTarget,
    Path((_, _, emoji)): Path<(String, String, String)>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let emoji = Emoji::parse(&emoji)?;
    let message = messages.react(&target.member, target.id, emoji).await?;
    changed(&target, message)
}

/// `DELETE /rooms/{id}/messages/{id}/reactions/{emoji}`
#[handler]
pub async fn take(
    target: MessageTarget,
    Path((_, _, emoji)): Path<(String, String, String)>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let emoji = Emoji::parse(&emoji)?;
    let message = messages.unreact(&target.member, target.id, emoji).await?;
    changed(&target, message)
}

#[derive(Serialize)]
struct ReactorsJson<'a> {
    reactions: Vec<ReactorJson<'a>>,
}

#[derive(Serialize)]
struct ReactorJson<'a> {
    emoji: &'a str,
    person: AuthorJson<'a>,
}

/// `GET /rooms/{id}/messages/{id}/reactions`: the users who reacted (JSON).
#[handler]
pub async fn index(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    let given = messages.reactors(&target.member, target.id).await?;
    let reactions = given
        .iter()
        .map(|(emoji, id, username)| ReactorJson {
            emoji,
            person: AuthorJson { id: *id, username },
        })
        .collect();
    Ok(Reply::json(&ReactorsJson { reactions }))
}
