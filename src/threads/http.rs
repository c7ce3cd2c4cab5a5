//! Following threads, and how far they were read, over HTTP.

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
    match form.following.value()? {
        true => threads.follow(&target.member, target.id).await?,
        false => threads.unfollow(&target.member, target.id).await?,
    }
    let (room, root) = (target.member.room.id, target.id);
    match target.wants {
        Wants::Page => Ok(Reply::see_other(&format!(
            "/rooms/{room}/messages/{root}/thread"
        ))),
        _ => Ok(Reply::no_content()),
    }
}

/// `PUT /rooms/{id}/messages/{id}/thread/following`
#[handler]
pub async fn follow(target: MessageTarget, State(threads): State<Threads>) -> Result<Reply> {
    threads.follow(&target.member, target.id).await?;
    Ok(Reply::no_content())
}

/// `DELETE /rooms/{id}/messages/{id}/thread/following`
#[handler]
pub async fn unfollow(target: MessageTarget, State(threads): State<Threads>) -> Result<Reply> {
    threads.unfollow(&target.member, target.id).await?;
    Ok(Reply::no_content())
}

/// The newest reply that the user saw.
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
