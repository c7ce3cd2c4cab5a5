//! HTTP handlers for link previews: removing one, and quoting a linked message.

use askama::Template;
use poem::{handler, web::Path};

use super::changed;
use crate::{
    accounts::User,
    error::{Error, Result},
    messages::{Message, MessageTarget, Messages, Quote},
    web::{reply::Reply, state::State, wants::Wants},
};

/// `DELETE /rooms/{id}/messages/{id}/previews/{number}`, and `POST …/deletion` for forms: removes a link preview.
#[handler]
pub async fn remove(
    target: MessageTarget,
    Path((_, _, place)): Path<(String, String, String)>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let place = place.parse().map_err(|_| Error::NotFound)?;
    let message = messages
        .remove_preview(&target.member, target.id, place)
        .await?;
    changed(&target, message)
}

/// Linked message, or a note that the reader can't see it.
#[derive(Template)]
#[template(path = "messages/linked_quote.html")]
struct LinkedQuote {
    found: Option<(Message, Quote)>,
}

/// `GET /rooms/{id}/messages/{id}/quote`: an excerpt of a message as an HTML fragment. A message that the reader may
/// not see looks like one that doesn't exist. Other requests are redirected to the message.
#[handler]
pub async fn quoted(
    _user: User,
    wants: Wants,
    Path((room, id)): Path<(String, String)>,
    target: poem::Result<MessageTarget>,
    State(messages): State<Messages>,
) -> Result<Reply> {
    if wants != Wants::Fragment {
        let ids = room.parse::<i64>().ok().zip(id.parse::<i64>().ok());
        let (room, id) = ids.ok_or(Error::NotFound)?;
        return Ok(Reply::see_other(&format!("/rooms/{room}/messages/{id}")));
    }
    let message = match target {
        Ok(target) => messages.find(&target.member, target.id).await,
        Err(error) => Err(error.into()),
    };
    let message = match message {
        Ok(message) => Some(message),
        Err(Error::NotFound | Error::Forbidden(_)) => None,
        Err(error) => return Err(error),
    };
    let found = message.map(|message| {
        let quote = message.as_quote();
        (message, quote)
    });
    Reply::fragment(&LinkedQuote { found })
}
