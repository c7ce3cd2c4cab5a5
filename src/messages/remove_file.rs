//! Removal of single attachments.

use super::{Messages, Mutation, store};
use crate::{
    db::{Conn, ids::MessageId, time},
    error::{Error, Result},
    rooms::{Action, Member},
};

impl Messages {
    /// Removes a file from the user's own message. Deletes the message if nothing would be left of it.
    ///
    /// # Errors
    /// `Forbidden` if another user wrote the message, `NotFound` if it doesn't have this file.
    pub async fn remove_file(&self, member: &Member, id: MessageId, token: &str) -> Result<()> {
        let token = token.to_owned();
        let remove = move |conn: &mut Conn, mutation: &Mutation| {
            let message = &mutation.message;
            if message.author.id != mutation.user {
                let why = "Only the author can remove a file.";
                return Err(Error::Forbidden(why.into()));
            }
            mutation.demand(conn, Action::Withdraw)?;
            if !message.files.iter().any(|file| file.token == token) {
                return Err(Error::NotFound);
            }
            match message.files.len() == 1 && message.body.as_str().is_empty() {
                true => store::delete(conn, message, time::now())?,
                false => store::remove_file(conn, message, &token)?,
            }
            Ok(true)
        };
        self.change(member, id, remove).await.map(drop)
    }
}
