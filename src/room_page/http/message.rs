//! One message in its room: its page, editing and deleting it.

use std::sync::Arc;

use poem::handler;
use serde::Deserialize;

use super::POST_LIMIT;
use crate::{
    error::{Error, Result},
    messages::{Draft, Message, MessageTarget, Messages, http::changed},
    room_page::{
        RoomPages,
        html::{Focus, HistoryPart},
    },
    web::{
        body::FormOrJson, cached_page::CachedText, form_values::Number, reply::Reply, state::State,
        wants::Wants,
    },
};

/// `GET /rooms/{id}/messages/{id}`: the room around the message.
#[handler]
pub async fn show(target: MessageTarget, State(pages): State<Arc<RoomPages>>) -> Result<Reply> {
    let message = pages.messages.find(&target.member, target.id).await?;
    match (target.wants, message.thread) {
        (Wants::Page, Some(root)) => {
            let (room, id) = (message.room, message.id);
            let in_thread = format!("/rooms/{room}/messages/{root}/thread#message-{id}");
            Ok(Reply::see_other(&in_thread))
        }
        (Wants::Page, None) => around(target, message, &pages, None).await,
        _ => changed(&target, message),
    }
}

/// The page of a room with one message in the middle, and optionally a refused text and the reason.
async fn around(
    target: MessageTarget,
    message: Message,
    pages: &RoomPages,
    refused: Option<(String, Error)>,
) -> Result<Reply> {
    let (member, messages) = (target.member, &pages.messages);
    let saved = messages.is_saved(&member.user, message.id).await?;
    let newest = pages.newest.of(&member, messages).await?;
    let error = refused.as_ref().map(|(_, error)| error.clone());
    let mut focus = Focus::new(&member, &message, saved, refused);
    // A refused text stays in its box.
    focus.may_edit &= error.is_some() || messages.is_in_edit_window(&message);
    let is_recent = newest.first.is_some_and(|first| message.id >= first);
    let shown = if is_recent {
        (newest.rev, newest.text.clone())
    } else {
        let (read, newer) = messages.around(&member, message.id).await?;
        let list = HistoryPart::new(member.room.id, read.older(), &read, newer);
        (read.rev, CachedText::new(askama::Template::render(&list)?))
    };
    let framed = pages.framed(member, shown, None, move |page| {
        (page.focus, page.archive) = (Some(focus), !is_recent);
    });
    let framed = framed.await?;
    Ok(match error {
        Some(error) => framed.refused(&error).into(),
        None => framed.into(),
    })
}

/// Body of an edit. `rev` is the rev of the message when the author opened it.
#[derive(Deserialize)]
pub struct EditForm {
    body: String,
    rev: Option<Number>,
}

impl EditForm {
    async fn apply(&self, target: &MessageTarget, pages: &RoomPages) -> Result<Message> {
        let draft = Draft::with_files(&self.body, None, Vec::new())?;
        let what = || Error::Invalid("rev must be a whole number.".into());
        let rev = self.rev.as_ref().map(|rev| rev.value().ok_or_else(what));
        let (messages, rev) = (&pages.messages, rev.transpose()?);
        messages.edit(&target.member, target.id, draft, rev).await
    }
}

/// `PATCH /rooms/{id}/messages/{id}`, and POST from a form.
#[handler]
pub async fn edit(
    target: MessageTarget,
    FormOrJson(form): FormOrJson<EditForm, POST_LIMIT>,
    State(pages): State<Arc<RoomPages>>,
) -> Result<Reply> {
    match form.apply(&target, &pages).await {
        Ok(message) => changed(&target, message),
        Err(error) => edit_refused(target, &pages, (form.body, error)).await,
    }
}

/// Response to a refused edit. On the page of the author, the text stays in its box, also when the time to edit is over.
async fn edit_refused(
    target: MessageTarget,
    pages: &RoomPages,
    (body, error): (String, Error),
) -> Result<Reply> {
    let is_forbidden = matches!(error, Error::Forbidden(_));
    if target.wants != Wants::Page || !(is_forbidden || error.is_shown_in_form()) {
        return Err(error);
    }
    let message = pages.messages.find(&target.member, target.id).await?;
    if is_forbidden && message.author.id != target.member.user.id {
        return Err(error);
    }
    around(target, message, pages, Some((body, error))).await
}

/// `DELETE /rooms/{id}/messages/{id}`, and POST `…/deletion` from a form.
#[handler]
pub async fn delete(target: MessageTarget, State(messages): State<Messages>) -> Result<Reply> {
    let message = messages.delete(&target.member, target.id).await?;
    changed(&target, message)
}
