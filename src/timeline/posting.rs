//! What a person sends to be posted, by the form, the socket or a program.

use serde::Deserialize;

use crate::{error::Result, live::OnlineUsers, messages::Draft, web::form_values::Number};

/// The fields of the composer; others are ignored.
#[derive(Clone, Debug, Deserialize)]
pub struct Post {
    pub body: String,
    pub client_id: Option<String>,
    /// The message that it replies to.
    reply_to: Option<Number>,
    /// The message in whose thread it is an answer.
    thread: Option<Number>,
}

impl Post {
    /// The draft of it.
    ///
    /// # Errors
    /// `Invalid` with what to do about it.
    pub fn draft(&self, online: &OnlineUsers) -> Result<Draft> {
        self.drafted(self.client_id.as_deref(), online)
    }

    /// The same as another message.
    ///
    /// # Errors
    /// As [`Post::draft`].
    pub fn draft_again(&self, online: &OnlineUsers) -> Result<Draft> {
        self.drafted(None, online)
    }

    fn drafted(&self, client_id: Option<&str>, online: &OnlineUsers) -> Result<Draft> {
        let draft = Draft::parse(&self.body, client_id)?;
        Ok(draft
            .replying_to(Number::maybe(self.reply_to.as_ref())?)
            .in_thread(Number::maybe(self.thread.as_ref())?)
            .calling(|| online.all()))
    }
}
