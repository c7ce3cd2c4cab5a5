//! Pins, which are visible to all members of a room, and saved messages, which are private.

use askama::Template;
use poem::handler;
use serde::Deserialize;
use serde_json::json;

use super::changed;
use crate::{
    db::ids::UserId,
    error::Result,
    messages::{MessageJson, MessageTarget, Messages, Shown},
    rooms::{Action, Member, Room},
    web::{
        body::FormOrJson,
        form_values::{Flag, local_path},
        framed::Framed,
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// `PUT /rooms/{id}/messages/{id}/pin`
#[handler]
pub async fn pin(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    let message = messages.pin(&target.member, target.id).await?;
    changed(&target, message)
}

/// `DELETE /rooms/{id}/messages/{id}/pin`
#[handler]
pub async fn unpin(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    let message = messages.unpin(&target.member, target.id).await?;
    changed(&target, message)
}

/// Form field: whether to pin the message.
#[derive(Deserialize)]
pub struct PinForm {
    pinned: Flag,
    back: Option<String>,
}

/// `POST /rooms/{id}/messages/{id}/pin`, from a form.
#[handler]
pub async fn pin_form(
    target: MessageTarget,
    FormOrJson(form): FormOrJson<PinForm, 4096>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let message = match form.pinned.value()? {
        true => messages.pin(&target.member, target.id).await?,
        false => messages.unpin(&target.member, target.id).await?,
    };
    match target.wants {
        Wants::Page => Ok(back_to(form.back.as_deref(), &target)),
        _ => changed(&target, message),
    }
}

/// The pinned messages of a room.
#[derive(Template)]
#[template(path = "messages/pins.html")]
struct PinsPage {
    me: UserId,
    room: Room,
    may_pin: bool,
    messages: Vec<Shown>,
}

/// `GET /rooms/{id}/pins`
#[handler]
pub async fn pins(member: Member, wants: Wants, State(messages): State<Messages>) -> Result<Reply> {
    let pins = messages.pins(&member).await?;
    if wants == Wants::Json {
        let messages: Vec<_> = pins.messages.iter().map(MessageJson::from).collect();
        let value = json!({ "messages": messages, "rev": pins.rev });
        return Ok(Reply::json(&value));
    }
    let title = format!("Pinned messages in {}", member.room.name);
    let page = PinsPage {
        me: member.user.id,
        room: member.room.clone(),
        may_pin: member.may(Action::Pin),
        messages: pins.messages.iter().map(Shown::alone).collect(),
    };
    let framed = Framed::new(member.user.viewer(), &title, "", &page)?;
    Ok(framed.in_room(member.room.id).into())
}

/// `PUT /rooms/{id}/messages/{id}/saved`
#[handler]
pub async fn save(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    messages.save(&target.member, target.id).await?;
    Ok(Reply::no_content())
}

/// `DELETE /rooms/{id}/messages/{id}/saved`
#[handler]
pub async fn unsave(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    messages.unsave(&target.member, target.id).await?;
    Ok(Reply::no_content())
}

/// Form field: whether to save the message.
#[derive(Deserialize)]
pub struct SaveForm {
    saved: Flag,
    back: Option<String>,
}

/// `POST /rooms/{id}/messages/{id}/saved`, from a form.
#[handler]
pub async fn save_form(
    target: MessageTarget,
    FormOrJson(form): FormOrJson<SaveForm, 4096>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    match form.saved.value()? {
        true => messages.save(&target.member, target.id).await?,
        false => messages.unsave(&target.member, target.id).await?,
    }
    match target.wants {
        Wants::Page => Ok(back_to(form.back.as_deref(), &target)),
        _ => Ok(Reply::no_content()),
    }
}

/// Redirect to the page of a form, or to the message.
fn back_to(back: Option<&str>, target: &MessageTarget) -> Reply {
    Reply::see_other(&local_path(back, &target.address()))
}
