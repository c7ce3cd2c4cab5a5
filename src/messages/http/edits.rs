//! The edit history of a message.

use askama::Template;
use poem::handler;
use serde_json::json;

use crate::{
    error::Result,
    messages::{
        MessageTarget, Messages, Shown, ShownTime, Version,
        differences::{Change, VersionPart, differences},
    },
    rooms::Room,
    web::{framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// The page of all versions.
#[derive(Template)]
#[template(path = "messages/edit_history.html")]
struct EditsPage {
    room: Room,
    message: Shown,
    /// The parts of each text, compared with the version before, and when it was written.
    versions: Vec<(Vec<VersionPart>, ShownTime)>,
}

/// `GET /rooms/{id}/messages/{id}/edits`
#[handler]
pub async fn index(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    let member = &target.member;
    let (message, versions) = messages.versions(member, target.id).await?;
    if target.wants == Wants::Json {
        return Ok(Reply::json(&json!({ "versions": versions })));
    }
    let mut before: Option<String> = None;
    let shown = |version: Version| {
        let parts = differences(before.as_deref(), &version.body);
        before = Some(version.body);
        (parts, ShownTime::of(version.written_at))
    };
    let page = EditsPage {
        room: member.room.clone(),
        message: Shown::of(&message),
        versions: versions.into_iter().map(shown).collect(),
    };
    let framed = Framed::new(member.user.viewer(), "Edit history", "", &page)?;
    Ok(framed.in_room(member.room.id).into())
}
