//! Removal of link previews.

use super::{Message, Messages, Mutation};
use crate::{
    db::{Conn, ids::MessageId},
    error::{Error, Result},
    link_previews,
    rooms::{Action, Member},
};

impl Messages {
    /// Permanently removes a link preview from a message.
    ///
    /// # Errors
    /// `Forbidden` if the user may not delete the message, `NotFound` if it doesn't show this preview.
    pub async fn remove_preview(
        &self,
        member: &Member,
        id: MessageId,
        place: i32,
    ) -> Result<Message> {
        let remove = move |conn: &mut Conn, mutation: &Mutation| {
            let action = match mutation.message.author.id == mutation.user {
                true => Action::Withdraw,
                false => Action::Moderate,
            };
            mutation.demand(conn, action)?;
            match link_previews::remove(conn, id, place)? {
                true => Ok(true),
                false => Err(Error::NotFound),
            }
        };
        self.change(member, id, remove).await
    }
}
