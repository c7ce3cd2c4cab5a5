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
        self.drafted(self.client_id.as_deref(), live)
    }

    /// Parses the fields as a draft without its client id, which makes it a new message.
    ///
    /// # Errors
    /// As [`PostForm::draft`].
    pub fn draft_again(&self, live: &Live) -> Result<Draft> {
        self.drafted(None, live)
    }

    fn drafted(&self, client_id: Option<&str>, live: &Live) -> Result<Draft> {
        let draft = Draft::parse(&self.body, client_id)?;
        Ok(draft
            .replying_to(Number::optional_message(self.reply_to.as_ref())?)
            .in_thread(Number::optional_message(self.thread.as_ref())?)
            .calling(|| live.online().all()))
    }
}
