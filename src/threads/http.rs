//! Following threads and their read positions over HTTP.

use poem::handler;
use serde::Deserialize;

use super::Threads;
use crate::{
    error::Result,
    messages::MessageTarget,
    web::{
        body::FormOrJson,
        form_values::{Flag, Number},
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// Whether the user wants to follow a thread.
#[derive(Deserialize)]
pub struct FollowForm {
    following: Flag,
}

/// `POST /rooms/{id}/messages/{id}/thread/following`, from a form.
#[handler]
pub async fn follow_form(
    target: MessageTarget,
    FormOrJson(form): FormOrJson<FollowForm, 4096>,
    State(threads): State<Threads>,
) -> Result<Reply> {
    let (room, root, follows) = (target.member.room.id, target.id, form.following.value()?);
    threads.set_following(&target.member, root, follows).await?;
    if target.wants != Wants::Page {
        return Ok(Reply::no_content());
    }
    let thread = format!("/rooms/{room}/messages/{root}/thread");
    Ok(Reply::see_other(&thread))
}

/// `PUT /rooms/{id}/messages/{id}/thread/following`
#[handler]
pub async fn follow(target: MessageTarget, State(threads): State<Threads>) -> Result<Reply> {
    threads
        .set_following(&target.member, target.id, true)
        .await?;
    Ok(Reply::no_content())
}

/// `DELETE /rooms/{id}/messages/{id}/thread/following`
#[handler]
pub async fn unfollow(target: MessageTarget, State(threads): State<Threads>) -> Result<Reply> {
    threads
        .set_following(&target.member, target.id, false)
        .await?;
    Ok(Reply::no_content())
}

/// The newest reply that the user has read.
#[derive(Deserialize)]
pub struct ReadThreadForm {
    up_to: Number,
}

/// `PUT /rooms/{id}/messages/{id}/thread/read`
#[handler]
pub async fn read(
    target: MessageTarget,
    FormOrJson(form): FormOrJson<ReadThreadForm, 4096>,
    State(threads): State<Threads>,
) -> Result<Reply> {
    let up_to = form.up_to.message()?;
    threads.mark(&target.member, target.id, up_to).await?;
    Ok(Reply::no_content())
}
