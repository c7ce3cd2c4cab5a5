//! Event of a changed message, with the publication in it.

use super::{Changed, Message, replace};
use crate::{
    db::ids::UserId,
    error::Result,
    events::Event,
    live::{Publication, TextLine},
};

/// The event of a message whose text is the same, and of changed counts of some users.
pub fn changed_event(changed: &Changed, concerned: Vec<UserId>) -> Result<Event> {
    let (message, html) = (&changed.message, replace(changed)?);
    Ok(Event::MessageChanged {
        room: message.room,
        id: message.id,
        publication: publication(message, &html, None),
        text_changed: false,
        concerned,
    })
}

/// The publication of a message that was posted or changed.
pub fn publication(message: &Message, html: &str, line: Option<TextLine>) -> Publication {
    let quoted = message.quote.as_ref().map(|quote| quote.id);
    let publication = Publication::new(Some(message.rev), html, line);
    publication.with_texts_of(message.id, quoted)
}
