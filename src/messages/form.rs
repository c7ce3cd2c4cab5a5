//! A message as the form, the socket or a program sends it.

use serde::Deserialize;

use super::Draft;
use crate::{error::Result, live::Live, web::form_values::Number};

/// The fields of the composer; others are ignored.
#[derive(Clone, Debug, Deserialize)]
pub struct PostForm {
    pub body: String,
    pub client_id: Option<String>,
    /// The message that it replies to.
    reply_to: Option<Number>,
    /// The message in whose thread it is an answer.
    thread: Option<Number>,
}

impl PostForm {
    /// The draft of it.
    ///
    /// # Errors
    /// `Invalid` with what to do about it.
    pub fn draft(&self, live: &Live) -> Result<Draft> {
        self.drafted(self.client_id.as_deref(), live)
    }

    /// The same as another message.
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
