//! A posted message as received from a form, a socket or an API client.

use serde::Deserialize;

use super::Draft;
use crate::{error::Result, live::Live, web::form_values::Number};

/// The fields of the composer; other fields are ignored.
#[derive(Clone, Debug, Deserialize)]
pub struct PostForm {
    pub body: String,
    pub client_id: Option<String>,
    /// The message to reply to.
    reply_to: Option<Number>,
    /// The first message of the thread to reply in.
    thread: Option<Number>,
}

impl PostForm {
    /// Parses the fields as a draft.
    ///
    /// # Errors
    /// `Invalid` with a text for the user.
    pub fn draft(&self, live: &Live) -> Result<Draft> {
        let mut draft = Draft::parse(&self.body, self.client_id.as_deref())?;
        draft.reply_to = Number::optional_message(self.reply_to.as_ref())?;
        draft.thread = Number::optional_message(self.thread.as_ref())?;
        Ok(draft.mentioning_here(|| live.online().all()))
    }
}
