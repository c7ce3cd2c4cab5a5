//! Editing and deleting messages, and their previous versions.

use super::{Draft, Message, Messages, Mutation, Version, gone, store};
use crate::{
    db::{Conn, ids::MessageId, time},
    error::{Error, Result},
    rooms::{Action, Member},
    settings::ServerSettings,
};

impl Messages {
    /// Replaces the text of the author's own message. If `rev` is given, the text must not have changed
    /// since that rev.
    ///
    /// # Errors
    /// `Forbidden` if another user wrote the message or the time for edits is over, `Conflict` if it was deleted or has changed since `rev`.
    pub async fn edit(
        &self,
        member: &Member,
        id: MessageId,
        draft: Draft,
        rev: Option<i64>,
    ) -> Result<Message> {
        let mut draft = draft.render(self);
        let minutes = self.app.settings.current().edit_minutes;
        let edit = move |conn: &mut Conn, mutation: &Mutation| {
            let message = &mutation.message;
            if message.author.id != mutation.user {
                let why = "Only the author can edit a message.";
                return Err(Error::Forbidden(why.into()));
            }
            mutation.demand(conn, Action::Post)?;
            mutation.alive()?;
            check_window(message, minutes)?;
            if message.files.is_empty() {
                draft.draft.check_not_empty()?;
            }
            if draft.draft.has_text_of(message) {
                return Ok(false);
            }
            if let Some(rev) = rev
                && store::text_changed_since(conn, id, rev)?
            {
                let why = "This message was edited somewhere else. Your changes are still here.";
                return Err(Error::Conflict(why.into()));
            }
            draft.refresh_emoji(conn)?;
            store::edit(conn, message, &draft, time::now())?;
            Ok(true)
        };
        self.change(member, id, edit).await
    }

    /// Deletes a message's text, previous versions and reactions. A placeholder stays in the room.
    pub async fn delete(&self, member: &Member, id: MessageId) -> Result<Message> {
        let delete = move |conn: &mut Conn, mutation: &Mutation| {
            let action = match mutation.message.author.id == mutation.user {
                true => Action::Withdraw,
                false => Action::Moderate,
            };
            mutation.demand(conn, action)?;
            if mutation.message.deleted_at.is_some() {
                return Ok(false);
            }
            store::delete(conn, &mutation.message, time::now())?;
            Ok(true)
        };
        self.change(member, id, delete).await
    }

    /// A message and its versions, oldest first; the last version is the current one.
    ///
    /// # Errors
    /// `NotFound` if the room has no such message, `Conflict` if it was deleted.
    pub async fn versions(
        &self,
        member: &Member,
        id: MessageId,
    ) -> Result<(Message, Vec<Version>)> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| {
            let message = store::one(conn, room, id)?.ok_or(Error::NotFound)?;
            if message.deleted_at.is_some() {
                return Err(gone());
            }
            let mut versions = store::versions(conn, id)?;
            versions.push(Version {
                body: message.body.as_str().to_owned(),
                written_at: message.edited_at.unwrap_or(message.created_at),
            });
            Ok((message, versions))
        };
        self.app.db.read(read).await
    }
}

impl Messages {
    /// Whether the time for edits of a message is not over.
    pub fn is_in_edit_window(&self, message: &Message) -> bool {
        check_window(message, self.app.settings.current().edit_minutes).is_ok()
    }
}

/// Time since which messages were sent that can be edited now (ms UTC); `None` without a limit.
pub fn editable_since(settings: &ServerSettings) -> Option<i64> {
    match settings.edit_minutes {
        0 => None,
        minutes => Some(time::now() - i64::from(minutes) * 60_000),
    }
}

/// Checks that a message was sent in the last `minutes`; 0 for no limit.
fn check_window(message: &Message, minutes: u32) -> Result<()> {
    let window = i64::from(minutes) * 60_000;
    let age = time::now() - message.created_at;
    if minutes == 0 || age <= window {
        return Ok(());
    }
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let why = format!("Messages can only be edited for {minutes} {unit} after they’re sent.");
    Err(Error::Forbidden(why))
}
