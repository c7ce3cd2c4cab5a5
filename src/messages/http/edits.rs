//! The edit history of a message.

use poem::handler;
use serde::Serialize;

use crate::{
    error::Result,
    messages::{MessageTarget, Messages, VersionJson, pages::EditsPage},
    web::{framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// All versions of a message, oldest first.
#[derive(Serialize)]
struct EditsJson<'a> {
    versions: Vec<VersionJson<'a>>,
}

/// `GET /rooms/{id}/messages/{id}/edits`
#[handler]
pub async fn index(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    let (message, versions) = messages.versions(&target.member, target.id).await?;
    if target.wants == Wants::Json {
        let versions = versions.iter().map(VersionJson::from).collect();
        return Ok(Reply::json(&EditsJson { versions }));
    }
    let member = &target.member;
    let page = EditsPage::new(member, &message, versions);
    let framed = Framed::new(member.user.viewer(), "Edit history", "", &page)?;
    Ok(framed.in_room(member.room.id).into())
}
