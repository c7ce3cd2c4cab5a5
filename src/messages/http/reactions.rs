//! Reactions to a message.

use poem::{handler, web::Path};
use serde::Deserialize;
use serde_json::json;

use super::changed;
use crate::{
    error::Result,
    messages::{Emoji, MessageTarget, Messages, ReactionChange},
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
    react(&target, &messages, &form.emoji, ReactionChange::Toggle).await
}

/// `PUT /rooms/{id}/messages/{id}/reactions/{emoji}`
#[handler]
pub async fn give(
    target: MessageTarget,
    Path((_, _, emoji)): Path<(String, String, String)>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    react(&target, &messages, &emoji, ReactionChange::Add).await
}

/// `DELETE /rooms/{id}/messages/{id}/reactions/{emoji}`
#[handler]
pub async fn take(
    target: MessageTarget,
    Path((_, _, emoji)): Path<(String, String, String)>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    react(&target, &messages, &emoji, ReactionChange::Remove).await
}

async fn react(
    target: &MessageTarget,
    messages: &Messages,
    emoji: &str,
    change: ReactionChange,
) -> Result<Reply> {
    let (member, emoji) = (&target.member, Emoji::parse(emoji)?);
    let message = messages.react(member, target.id, emoji, change).await?;
    changed(target, message)
}

/// `GET /rooms/{id}/messages/{id}/reactions`: the users who reacted (JSON).
#[handler]
pub async fn index(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    let reactions = messages.reactors(&target.member, target.id).await?;
    Ok(Reply::json(&json!({ "reactions": reactions })))
}
