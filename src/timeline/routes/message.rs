//! One message: its own page, changing and deleting it, and what it said before.

use std::sync::Arc;

use poem::{Response, handler, http::StatusCode, web::Data};
use serde::{Deserialize, Serialize};

use super::{POST_LIMIT, history::fragment};
use crate::{
    error::{Error, Result},
    messages::{self, Draft, Message, MessageJson, VersionJson},
    timeline::{
        NewestPages, Services,
        guard::At,
        view::{Edits, Focus, Older, RoomPage},
    },
    web::{
        body::Sent,
        cached_page::CachedHtml,
        form_values::Number,
        page::{self, html, json, see_other},
        wants::Wants,
    },
};

/// `GET /rooms/{id}/messages/{id}`: the room around the message.
#[handler]
pub async fn show(
    at: At,
    services: Data<&Arc<Services>>,
    pages: Data<&NewestPages>,
) -> Result<Response> {
    let message = services.messages.find(&at.member, at.id).await?;
    match (at.wants, message.thread) {
        (Wants::Page, Some(root)) => {
            let (room, id) = (message.room, message.id);
            let beside = format!("/rooms/{room}/messages/{root}/thread#message-{id}");
            Ok(see_other(&beside))
        }
        (Wants::Page, None) => around(at, message, &services, &pages, None).await,
        _ => changed(&at, message),
    }
}

/// The page of a room with one message in the middle; maybe with a text that was refused, and why.
async fn around(
    at: At,
    message: Message,
    services: &Services,
    pages: &NewestPages,
    refused: Option<(String, Error)>,
) -> Result<Response> {
    let Services {
        messages,
        presence,
        sidebar,
        ..
    } = services;
    let member = at.member;
    let saved = messages.is_saved(&member.user, message.id).await?;
    let rail = super::rail(&member, sidebar, presence).await?;
    let newest = pages.of(&member, messages).await?;
    let status = refused_with(refused.as_ref());
    let focus = Focus::new(&member, &message, saved, refused);
    if newest.first.is_some_and(|first| message.id >= first) {
        let mut page = RoomPage::new(member, newest.rev, rail);
        page.focus = Some(focus);
        return Ok(page::pieced(status, page.around(newest.sheet.clone())?));
    }
    let (read, newer) = messages.around(&member, message.id).await?;
    let list = Older::with_newer(member.room.id, &read, newer);
    let sheet = CachedHtml::new(askama::Template::render(&list)?);
    let mut page = RoomPage::new(member, read.rev, rail);
    (page.focus, page.archive) = (Some(focus), true);
    Ok(page::pieced(status, page.around(sheet)?))
}

/// The status of a page that may have a refused text on it.
pub(super) fn refused_with(refused: Option<&(String, Error)>) -> StatusCode {
    refused.map_or(StatusCode::OK, |(_, why)| why.status())
}

/// A new text for a message; `rev` is the one at which the writer saw it.
#[derive(Deserialize)]
pub struct Edit {
    body: String,
    rev: Option<Number>,
}

impl Edit {
    async fn put(&self, at: &At, services: &Services) -> Result<Message> {
        let draft = Draft::parse(&self.body, None)?.calling(|| services.online.all());
        let what = || Error::Invalid("rev is a whole number.".into());
        let rev = self.rev.as_ref().map(|rev| rev.value().ok_or_else(what));
        let rev = rev.transpose()?;
        services.messages.edit(&at.member, at.id, draft, rev).await
    }
}

/// `PATCH /rooms/{id}/messages/{id}`, and POST from a form.
#[handler]
pub async fn edit(
    at: At,
    Sent(edit): Sent<Edit, POST_LIMIT>,
    services: Data<&Arc<Services>>,
    pages: Data<&NewestPages>,
) -> Result<Response> {
    let messages = &services.messages;
    match edit.put(&at, &services).await {
        Ok(message) => changed(&at, message),
        Err(error) if at.wants == Wants::Page && is_for_the_form(&error) => {
            let message = messages.find(&at.member, at.id).await?;
            around(at, message, &services, &pages, Some((edit.body, error))).await
        }
        Err(error) => Err(error),
    }
}

fn is_for_the_form(error: &Error) -> bool {
    matches!(
        error,
        Error::Invalid(_) | Error::Conflict(_) | Error::TooMany(..) | Error::Unavailable(_)
    )
}

/// `DELETE /rooms/{id}/messages/{id}`, and POST `…/deletion` from a form.
#[handler]
pub async fn delete(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    let message = services.messages.delete(&at.member, at.id).await?;
    changed(&at, message)
}

/// What a verb on a message answers: the message as it is now, or the way back to it.
pub(super) fn changed(at: &At, message: Message) -> Result<Response> {
    match at.wants {
        Wants::Json => Ok(json(StatusCode::OK, &MessageJson::from(&message))),
        Wants::Fragment => Ok(fragment(
            StatusCode::OK,
            messages::replace(&message.into())?,
        )),
        Wants::Page => Ok(see_other(&at.address())),
    }
}

/// What a message said, the oldest first.
#[derive(Serialize)]
struct EditsJson<'a> {
    versions: Vec<VersionJson<'a>>,
}

/// `GET /rooms/{id}/messages/{id}/edits`
#[handler]
pub async fn edits(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    let Services {
        messages, sidebar, ..
    } = &***services;
    let (message, versions) = messages.versions(&at.member, at.id).await?;
    if at.wants == Wants::Json {
        let versions = versions.iter().map(VersionJson::from).collect();
        return Ok(json(StatusCode::OK, &EditsJson { versions }));
    }
    let rail = sidebar.rail_of(&at.member).await?;
    html(
        StatusCode::OK,
        &Edits::new(&at.member, &message, versions, rail),
    )
}
