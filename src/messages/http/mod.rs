//! What can be done with a message over HTTP, and what helps to write one.

pub mod edits;
pub mod emoji;
pub mod mention_candidates;
pub mod pins;
pub mod reactions;

use poem::http::StatusCode;

use super::{Message, MessageJson, MessageTarget, replace};
use crate::{
    error::Result,
    web::{reply::Reply, wants::Wants},
};

/// The answer to a change of a message: the message as it is now, or a redirect to it.
///
/// # Errors
/// `Internal` when the template fails.
pub fn changed(target: &MessageTarget, message: Message) -> Result<Reply> {
    match target.wants {
        Wants::Json => Ok(Reply::json(&MessageJson::from(&message))),
        Wants::Fragment => {
            let html = replace(&message.into())?;
            Ok(Reply::fragment_with(StatusCode::OK, html))
        }
        Wants::Page => Ok(Reply::see_other(&target.address())),
    }
}
