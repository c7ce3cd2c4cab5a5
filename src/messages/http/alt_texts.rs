//! Descriptions of the pictures of a message.

use askama::Template;
use poem::{handler, http::StatusCode, web::Path};
use serde::Deserialize;

use super::changed;
use crate::{
    error::{Error, Result},
    messages::{MessageTarget, Messages, ShownFile},
    rooms::Room,
    web::{body::FormOrJson, framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// Largest form with a description, percent-encoded (bytes).
const LIMIT: usize = 16 << 10;

/// The page with a form for each picture.
#[derive(Template)]
#[template(path = "messages/alt_texts.html")]
struct AltTextsPage {
    room: Room,
    /// Address of the message.
    message: String,
    /// Address of its files.
    address: String,
    pictures: Vec<ShownFile>,
    refused: Option<Refused>,
}

/// A description that was refused.
struct Refused {
    token: String,
    typed: String,
    why: Error,
}

impl AltTextsPage {
    /// The text in the box of a picture.
    fn text<'a>(&'a self, file: &'a ShownFile) -> &'a str {
        let alt = file.picture.as_ref().map_or("", |picture| &picture.alt);
        self.of(file).map_or(alt, |refused| &refused.typed)
    }

    fn of(&self, file: &ShownFile) -> Option<&Refused> {
        self.refused
            .as_ref()
            .filter(|refused| refused.token == file.token)
    }
}

/// `GET /rooms/{id}/messages/{id}/files`: the forms for the descriptions; as JSON, the message.
#[handler]
pub async fn show(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    if target.wants == Wants::Page {
        return page(&target, &messages, None).await;
    }
    let message = messages.find(&target.member, target.id).await?;
    changed(&target, message)
}

async fn page(
    target: &MessageTarget,
    messages: &Messages,
    refused: Option<Refused>,
) -> Result<Reply> {
    let member = &target.member;
    let message = messages.to_describe(member, target.id).await?;
    let (room, id) = (member.room.id, target.id);
    let mut pictures: Vec<ShownFile> = message.files.iter().map(ShownFile::of).collect();
    pictures.retain(|file| file.picture.is_some());
    let status = refused.as_ref().map(|refused| refused.why.status());
    let page = AltTextsPage {
        room: member.room.clone(),
        message: target.address(),
        address: format!("/rooms/{room}/messages/{id}/files"),
        pictures,
        refused,
    };
    let framed = Framed::new(member.user.viewer(), "Picture descriptions", "", &page)?;
    let framed = framed.in_room(room);
    Ok(framed.with_status(status.unwrap_or(StatusCode::OK)).into())
}

/// A description; empty to remove it.
#[derive(Deserialize)]
pub struct AltForm {
    alt: String,
}

/// `PATCH /rooms/{id}/messages/{id}/files/{id}`, and POST from the form.
#[handler]
pub async fn describe(
    target: MessageTarget,
    Path((_, _, file)): Path<(String, String, String)>,
    FormOrJson(form): FormOrJson<AltForm, LIMIT>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let described = messages.describe(&target.member, target.id, file.clone(), &form.alt);
    match described.await {
        Ok(message) => changed(&target, message),
        Err(why) if target.wants == Wants::Page && why.is_shown_in_form() => {
            let refused = Refused {
                token: file,
                typed: form.alt,
                why,
            };
            page(&target, &messages, Some(refused)).await
        }
        Err(error) => Err(error),
    }
}
