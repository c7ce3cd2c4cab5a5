//! Alt texts of pictures, which the author can change after posting.

use super::{Message, Messages, Mutation, store};
use crate::{
    db::{Conn, ids::MessageId},
    error::{Error, Result},
    files,
    rooms::{Action, Member},
};

impl Messages {
    /// Changes the alt text of a picture in the user's own message. The message gets a new rev but doesn't count as
    /// edited, and the previous alt text is erased.
    ///
    /// # Errors
    /// - `Invalid` if the text is too long or the file isn't a picture.
    /// - `Forbidden` if another user wrote the message or the room is archived.
    /// - `NotFound` if the message has no such file.
    /// - `Conflict` if the message was deleted.
    pub async fn describe(
        &self,
        member: &Member,
        id: MessageId,
        file: String,
        typed: &str,
    ) -> Result<Message> {
        let alt = files::description(typed)?;
        let describe = move |conn: &mut Conn, mutation: &Mutation| {
            let message = &mutation.message;
            if message.author.id != mutation.user {
                let why = "Only the author can describe a picture.";
                return Err(Error::Forbidden(why.into()));
            }
            mutation.demand(conn, Action::Post)?;
            mutation.alive()?;
            let mut all = message.files.iter();
            let found = all.find(|each| each.token == file);
            let found = found.ok_or(Error::NotFound)?;
            if found.picture.is_none() {
                return Err(Error::Invalid(
                    "Only pictures can have a description.".into(),
                ));
            }
            if found.alt == alt {
                return Ok(false);
            }
            files::set_alt(conn, id, &file, &alt)?;
            Ok(true)
        };
        self.change(member, id, describe).await
    }

    /// Returns one of the user's own messages with pictures, for the form that edits alt texts.
    ///
    /// # Errors
    /// `NotFound` if the message has no pictures, `Forbidden` if another user wrote it.
    pub async fn to_describe(&self, member: &Member, id: MessageId) -> Result<Message> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| store::one(conn, room, id)?.ok_or(Error::NotFound);
        let message = self.app.db.read(read).await?;
        if !message.files.iter().any(|file| file.picture.is_some()) {
            return Err(Error::NotFound);
        }
        if message.author.id != member.user.id {
            let why = "Only the author can describe a picture.";
            return Err(Error::Forbidden(why.into()));
        }
        Ok(message)
    }
}
