//! HTTP handlers for messages and for the composer.

pub mod alt_texts;
pub mod edits;
pub mod file_lists;
pub mod file_text;
pub mod mention_candidates;
pub mod own_files;
pub mod pins;
pub mod previews;
pub mod reactions;

use poem::http::StatusCode;

use super::{Message, MessageJson, MessageTarget, replace};
use crate::{
    error::Result,
    web::{reply::Reply, wants::Wants},
};

/// The response to a change of a message: the changed message, or a redirect to it.
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
