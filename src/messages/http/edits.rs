//! The edit history of a message.

use askama::Template;
use poem::handler;
use serde::Serialize;

use crate::{
    db::time,
    error::Result,
    messages::{MessageTarget, Messages, Shown, Version},
    rooms::Room,
    web::{framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// All versions of a message, oldest first.
#[derive(Serialize)]
struct EditsJson {
    versions: Vec<Version>,
}

/// The page of all versions.
#[derive(Template)]
#[template(path = "messages/edit_history.html")]
struct EditsPage {
    room: Room,
    message: Shown,
    versions: Vec<ShownVersion>,
}

struct ShownVersion {
    body: String,
    iso: String,
    day: String,
    clock: String,
}

/// `GET /rooms/{id}/messages/{id}/edits`
#[handler]
pub async fn index(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    let member = &target.member;
    let (message, versions) = messages.versions(member, target.id).await?;
    if target.wants == Wants::Json {
        return Ok(Reply::json(&EditsJson { versions }));
    }
    let shown = |version: Version| ShownVersion {
        body: version.body,
        iso: time::iso(version.written_at),
        day: time::day_label(version.written_at),
        clock: time::clock(version.written_at),
    };
    let page = EditsPage {
        room: member.room.clone(),
        message: Shown::of(&message),
        versions: versions.into_iter().map(shown).collect(),
    };
    let framed = Framed::new(member.user.viewer(), "Edit history", "", &page)?;
    Ok(framed.in_room(member.room.id).into())
}
