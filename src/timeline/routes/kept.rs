//! Pins, which a room keeps, and saved messages, which a person keeps.

use std::sync::Arc;

use poem::{Response, handler, http::StatusCode, web::Data};
use serde::{Deserialize, Serialize};

use super::message::changed;
use crate::{
    error::Result,
    messages::MessageJson,
    rooms::Member,
    timeline::{Services, guard::At, view::Pins},
    web::{
        body::Sent,
        form_values::{Flag, inside},
        page::{html, json, see_other},
        wants::Wants,
    },
};

/// `PUT /rooms/{id}/messages/{id}/pin`
#[handler]
pub async fn pin(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    let message = services.messages.pin(&at.member, at.id).await?;
    changed(&at, message)
}

/// `DELETE /rooms/{id}/messages/{id}/pin`
#[handler]
pub async fn unpin(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    let message = services.messages.unpin(&at.member, at.id).await?;
    changed(&at, message)
}

/// Whether a message is to be pinned.
#[derive(Deserialize)]
pub struct Pinned {
    pinned: Flag,
    back: Option<String>,
}

/// `POST /rooms/{id}/messages/{id}/pin`, from a form.
#[handler]
pub async fn pin_form(
    at: At,
    Sent(wish): Sent<Pinned, 4096>,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    let messages = &services.messages;
    let message = match wish.pinned.value()? {
        true => messages.pin(&at.member, at.id).await?,
        false => messages.unpin(&at.member, at.id).await?,
    };
    match (at.wants, wish.back) {
        (Wants::Page, Some(back)) => Ok(see_other(&inside(Some(&back), &at.address()))),
        _ => changed(&at, message),
    }
}

#[derive(Serialize)]
struct PinsJson<'a> {
    messages: Vec<MessageJson<'a>>,
    rev: i64,
}

/// `GET /rooms/{id}/pins`
#[handler]
pub async fn pins(
    member: Member,
    wants: Wants,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    let pins = services.messages.pins(&member).await?;
    if wants == Wants::Json {
        let messages = pins.messages.iter().map(MessageJson::from).collect();
        let rev = pins.rev;
        return Ok(json(StatusCode::OK, &PinsJson { messages, rev }));
    }
    let rail = services.sidebar.rail_of(&member).await?;
    html(StatusCode::OK, &Pins::new(&member, &pins.messages, rail))
}

/// `PUT /rooms/{id}/messages/{id}/saved`
#[handler]
pub async fn save(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    services.messages.save(&at.member, at.id).await?;
    Ok(StatusCode::NO_CONTENT.into())
}

/// `DELETE /rooms/{id}/messages/{id}/saved`
#[handler]
pub async fn unsave(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    services.messages.unsave(&at.member, at.id).await?;
    Ok(StatusCode::NO_CONTENT.into())
}

/// Whether a message is to be saved.
#[derive(Deserialize)]
pub struct Saved {
    saved: Flag,
    back: Option<String>,
}

/// `POST /rooms/{id}/messages/{id}/saved`, from a form.
#[handler]
pub async fn save_form(
    at: At,
    Sent(wish): Sent<Saved, 4096>,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    match wish.saved.value()? {
        true => services.messages.save(&at.member, at.id).await?,
        false => services.messages.unsave(&at.member, at.id).await?,
    }
    match at.wants {
        Wants::Page => Ok(see_other(&inside(wish.back.as_deref(), &at.address()))),
        _ => Ok(StatusCode::NO_CONTENT.into()),
    }
}
