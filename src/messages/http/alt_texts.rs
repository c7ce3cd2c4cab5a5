//! HTTP handlers for alt texts.

use std::collections::BTreeMap;

use askama::Template;
use poem::{
    handler,
    http::StatusCode,
    web::{Path, Query},
};
use serde::Deserialize;

use super::changed;
use crate::{
    error::{Error, Result},
    files,
    messages::{MessageTarget, Messages, ShownFile},
    rooms::Room,
    web::{body::FormOrJson, framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// Maximum size of a form in bytes. Alt texts are percent-encoded.
const LIMIT: usize = 16 << 10;
/// Maximum size of a form with the alt texts of all files of a message.
const LIMIT_OF_ALL: usize = files::MAX_FILES * LIMIT;

/// Page with a form for the alt texts of a message's pictures.
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
    /// Whether alt texts have just been saved.
    is_saved: bool,
}

/// Rejected alt texts by file.
struct Refused {
    typed: BTreeMap<String, String>,
    why: Error,
}

impl AltTextsPage {
    /// Returns the text for a picture's input field.
    fn text<'a>(&'a self, file: &'a ShownFile) -> &'a str {
        let alt = file.picture.as_ref().map_or("", |picture| &picture.alt);
        let typed = self.refused.as_ref().map(|refused| &refused.typed);
        typed
            .and_then(|typed| typed.get(&file.token))
            .map_or(alt, |typed| typed)
    }

    /// Returns the error of a picture's alt text.
    fn error_of(&self, file: &ShownFile) -> Option<&Error> {
        let refused = self.refused.as_ref()?;
        let typed = refused.typed.get(&file.token)?;
        files::description(typed).is_err().then_some(&refused.why)
    }
}

/// Query of the page.
#[derive(Deserialize)]
pub struct AltTextsQuery {
    saved: Option<String>,
}

/// `GET /rooms/{id}/messages/{id}/files`: the page to edit alt texts, or the message as JSON.
#[handler]
pub async fn show(
    target: MessageTarget,
    Query(query): Query<AltTextsQuery>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    if target.wants == Wants::Page {
        return page(&target, &messages, (None, query.saved.is_some())).await;
    }
    let message = messages.find(&target.member, target.id).await?;
    changed(&target, message)
}

async fn page(
    target: &MessageTarget,
    messages: &Messages,
    (refused, is_saved): (Option<Refused>, bool),
) -> Result<Reply> {
    let member = &target.member;
    let message = messages.to_describe(member, target.id).await?;
    let room = member.room.id;
    let mut pictures: Vec<ShownFile> = message.files.iter().map(ShownFile::of).collect();
    pictures.retain(|file| file.picture.is_some());
    let status = refused.as_ref().map(|refused| refused.why.status());
    let page = AltTextsPage {
        room: member.room.clone(),
        message: target.address(),
        address: address_of(target),
        pictures,
        refused,
        is_saved,
    };
    let framed = Framed::new(member.user.viewer(), "Picture descriptions", "", &page)?;
    let framed = framed.in_room(room);
    Ok(framed.with_status(status.unwrap_or(StatusCode::OK)).into())
}

/// URL of a message's files.
fn address_of(target: &MessageTarget) -> String {
    let (room, id) = (target.member.room.id, target.id);
    format!("/rooms/{room}/messages/{id}/files")
}

/// `PATCH /rooms/{id}/messages/{id}/files`, and `POST` for forms: changes alt texts. The fields are named by the files.
#[handler]
pub async fn describe_all(
    target: MessageTarget,
    FormOrJson(typed): FormOrJson<BTreeMap<String, String>, LIMIT_OF_ALL>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let described = messages.describe(&target.member, target.id, &typed).await;
    match (described, target.wants) {
        (Ok(_), Wants::Page) => {
            let address = address_of(&target);
            Ok(Reply::see_other(&format!("{address}?saved=1")))
        }
        (Ok(message), _) => changed(&target, message),
        (Err(why), Wants::Page) if why.is_shown_in_form() => {
            let refused = Refused { typed, why };
            page(&target, &messages, (Some(refused), false)).await
        }
        (Err(error), _) => Err(error),
    }
}

/// Alt text of one picture; empty to remove it.
#[derive(Deserialize)]
pub struct AltForm {
    alt: String,
}

/// `PATCH /rooms/{id}/messages/{id}/files/{id}`, and `POST` for forms: changes one alt text.
#[handler]
pub async fn describe(
    target: MessageTarget,
    Path((_, _, file)): Path<(String, String, String)>,
    FormOrJson(form): FormOrJson<AltForm, LIMIT>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let typed = BTreeMap::from([(file, form.alt)]);
    let message = messages.describe(&target.member, target.id, &typed).await?;
    changed(&target, message)
}
