//! HTTP handlers for alt texts.

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

/// Maximum size of the form in bytes. Alt texts are percent-encoded.
const LIMIT: usize = 16 << 10;

/// Page with a form for each picture of a message.
#[derive(Template)]
#[template(path = "messages/alt_texts.html")]
struct AltTextsPage {
    room: Room,
    /// URL of the message.
    message: String,
    /// URL of the message's files.
    address: String,
    pictures: Vec<ShownFile>,
    refused: Option<Refused>,
}

/// Rejected alt text.
struct Refused {
    token: String,
    typed: String,
    why: Error,
}

impl AltTextsPage {
    /// Returns the text for a picture's input field.
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

/// `GET /rooms/{id}/messages/{id}/files`: the page to edit alt texts, or the message as JSON.
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

/// Form with an alt text; empty to remove it.
#[derive(Deserialize)]
pub struct AltForm {
    alt: String,
}

/// `PATCH /rooms/{id}/messages/{id}/files/{id}`, and `POST` for forms: changes an alt text.
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
