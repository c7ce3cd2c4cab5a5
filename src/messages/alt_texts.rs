//! Descriptions of pictures, which their sender may change after the message was posted.

use super::{Message, Messages, Mutation, store};
use crate::{
    db::{Conn, ids::MessageId},
    error::{Error, Result},
    files,
    rooms::{Action, Member},
};

impl Messages {
    /// Changes the description of a picture in the author's own message. The message takes a new rev, but counts as not
    /// edited, and the former description is erased.
    ///
    /// # Errors
    /// `Invalid` for a description that is too long and for a file that is no picture, `Forbidden` if another user wrote
    /// the message or the room is archived, `NotFound` if the message has no such file, `Conflict` if it was deleted.
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
                return Err(Error::Invalid("Only pictures have descriptions.".into()));
            }
            if found.alt == alt {
                return Ok(false);
            }
            files::set_alt(conn, id, &file, &alt)?;
            Ok(true)
        };
        self.change(member, id, describe).await
    }

    /// A message of the user's own, whose pictures are to be described.
    ///
    /// # Errors
    /// `NotFound` for a message without pictures, `Forbidden` if another user wrote it.
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
