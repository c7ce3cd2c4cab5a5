//! Alt texts of pictures, which the author can change after posting.

use std::collections::BTreeMap;

use super::{Message, Messages, Mutation, store};
use crate::{
    db::{Conn, ids::MessageId},
    error::{Error, Result},
    files,
    rooms::{Action, Member},
};

impl Messages {
    /// Changes alt texts of pictures in the user's own message. `typed` maps the id of a file to its new text. The message
    /// gets a new rev but doesn't count as edited, and the previous alt texts are erased.
    ///
    /// # Errors
    /// - `Invalid` if a text is too long or a file isn't a picture.
    /// - `Forbidden` if another user wrote the message or the room is archived.
    /// - `NotFound` if the message has no such file.
    /// - `Conflict` if the message was deleted.
    pub async fn describe(
        &self,
        member: &Member,
        id: MessageId,
        typed: &BTreeMap<String, String>,
    ) -> Result<Message> {
        let parse =
            |(file, text): (&String, &String)| Ok((file.clone(), files::description(text)?));
        let alts = typed.iter().map(parse).collect::<Result<Vec<_>>>()?;
        let describe = move |conn: &mut Conn, mutation: &Mutation| {
            let message = &mutation.message;
            if message.author.id != mutation.user {
                let why = "Only the author can describe a picture.";
                return Err(Error::Forbidden(why.into()));
            }
            mutation.demand(conn, Action::Post)?;
            mutation.alive()?;
            let mut is_changed = false;
            for (file, alt) in &alts {
                if is_new_alt(message, file, alt)? {
                    files::set_alt(conn, id, file, alt)?;
                    is_changed = true;
                }
            }
            Ok(is_changed)
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

/// Returns whether `alt` differs from the current alt text of a picture of the message.
fn is_new_alt(message: &Message, file: &str, alt: &str) -> Result<bool> {
    let found = message.files.iter().find(|each| each.token == file);
    let found = found.ok_or(Error::NotFound)?;
    if found.picture.is_none() {
        let why = "Only pictures can have a description.";
        return Err(Error::Invalid(why.into()));
    }
    Ok(found.alt != alt)
}
