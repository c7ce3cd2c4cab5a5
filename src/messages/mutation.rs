//! Changes to messages: one transaction, the room's next rev, one published event.

use std::mem;

use super::{Message, Messages, changed_event::changed_event, previews, store};
use crate::{
    db::{
        Conn, Tx,
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    files, link_previews, notifications,
    rooms::{self, Action, Member},
};

impl Messages {
    /// Runs `change` in a transaction. If it returns that the message changed, the message takes the room's next
    /// rev and is published. Returns the current message.
    pub(super) async fn change(
        &self,
        member: &Member,
        id: MessageId,
        change: impl FnOnce(&mut Conn, &Mutation) -> Result<bool> + Send + 'static,
    ) -> Result<Message> {
        self.limit(member.user.id)?;
        let (room, user, messages) = (member.room.id, member.user.id, self.clone());
        let write = move |tx: &mut Tx| {
            let message = target(tx.conn, room, user, id)?;
            messages.apply(tx, Mutation { user, message }, change)
        };
        self.app.db.write(write).await
    }

    /// Deletes a message in the transaction of another change, whose right to do so was checked. Does nothing for one that
    /// no longer exists.
    pub fn delete_in(&self, tx: &mut Tx, by: UserId, room: RoomId, id: MessageId) -> Result<()> {
        let Some(message) = store::one(tx.conn, room, id)? else {
            return Ok(());
        };
        let delete = |conn: &mut Conn, mutation: &Mutation| {
            if mutation.message.deleted_at.is_some() {
                return Ok(false);
            }
            store::delete(conn, &mutation.message, time::now())?;
            Ok(true)
        };
        let mutation = Mutation { user: by, message };
        self.apply(tx, mutation, delete).map(drop)
    }

    /// Runs `change` on a message in a transaction.
    fn apply(
        &self,
        tx: &mut Tx,
        mutation: Mutation,
        change: impl FnOnce(&mut Conn, &Mutation) -> Result<bool>,
    ) -> Result<Message> {
        let (room, user, id) = (mutation.message.room, mutation.user, mutation.message.id);
        let (events, quota) = (&self.app.events, &self.app.text_quota);
        let mut concerned = notifications::concerned(tx.conn, id, mutation.message.thread)?;
        if !change(tx.conn, &mutation)? {
            return Ok(mutation.message);
        }
        let mut changed = vec![store::stamp(tx.conn, room, id)?];
        let edited = &mut changed[0].message;
        let text_changed = edited.body != mutation.message.body;
        if text_changed && edited.deleted_at.is_none() {
            previews::remove_outdated(tx, edited)?;
        }
        let message = edited.clone();
        if text_changed {
            quota.take(tx, user, message.body.as_str().len())?;
        }
        if text_changed && self.app.config.link_previews && message.deleted_at.is_none() {
            previews::schedule(tx, &message)?;
        }
        let has_fewer_files = message.files.len() < mutation.message.files.len();
        let is_described = !has_fewer_files && !alts(&message).eq(alts(&mutation.message));
        if is_described {
            tx.erases(); // there are no earlier versions of descriptions
            quota.take(tx, user, alts(&message).map(str::len).sum())?;
        }
        let is_erased = text_changed
            || has_fewer_files
            || is_described
            || previews::lost_previews(&mutation.message, &message);
        if message.deleted_at.is_some() {
            tx.erases();
            files::detach(tx, id)?;
            link_previews::detach(tx, id)?;
            // The reply count of the thread changes too.
            if let Some(root) = message.thread {
                changed.push(store::stamp(tx.conn, room, root)?);
            }
        } else if has_fewer_files {
            tx.erases();
            files::sweep_detached(tx)?;
        }
        concerned.extend(notifications::mentioned(tx.conn, id)?);
        for one in &changed {
            let mut event = changed_event(one, mem::take(&mut concerned))?;
            if one.message.id == id && is_erased {
                event = event.with_erased_text();
            }
            events.emit(tx, event)?;
        }
        Ok(message)
    }
}

/// Descriptions of the files of a message.
fn alts(message: &Message) -> impl Iterator<Item = &str> {
    message.files.iter().map(|file| file.alt.as_str())
}

/// The message of a request, if the user may still read the room.
pub fn target(conn: &mut Conn, room: RoomId, user: UserId, id: MessageId) -> Result<Message> {
    rooms::demand(conn, room, user, Action::Read)?;
    store::one(conn, room, id)?.ok_or(Error::NotFound)
}

/// A message that a user is about to change.
pub struct Mutation {
    pub user: UserId,
    /// The message before the change.
    pub message: Message,
}

impl Mutation {
    /// Checks that the user's role allows an action in the room now.
    pub fn demand(&self, conn: &mut Conn, action: Action) -> Result<()> {
        rooms::demand(conn, self.message.room, self.user, action).map(drop)
    }

    /// Checks that the message is not deleted: `Conflict` otherwise.
    pub fn alive(&self) -> Result<()> {
        match self.message.deleted_at {
            None => Ok(()),
            Some(_) => Err(gone()),
        }
    }
}

/// The error for a change of a deleted message.
pub fn gone() -> Error {
    Error::Conflict("This message has been deleted.".into())
}
