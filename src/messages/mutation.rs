//! What all changes of a message have in common: one transaction, the room's next rev, one publication.

use super::{Changed, Message, Messages, replace, store};
use crate::{
    db::{
        Conn, Tx,
        ids::{MessageId, UserId},
    },
    error::{Error, Result},
    events::Event,
    live::Publication,
    rooms::{self, Action, Member},
};

impl Messages {
    /// Changes a message in one transaction, if `change` says that it did something: then it takes the
    /// room's next rev and goes out to everyone. Answers the message as it is now.
    pub(super) async fn change(
        &self,
        member: &Member,
        id: MessageId,
        change: impl FnOnce(&mut Conn, &Mutation) -> Result<bool> + Send + 'static,
    ) -> Result<Message> {
        self.limit(member.user.id)?;
        let (room, user, events) = (member.room.id, member.user.id, self.app.events.clone());
        let write = move |tx: &mut Tx| {
            rooms::demand(tx.conn, room, user, Action::Read)?;
            let message = store::one(tx.conn, room, id)?.ok_or(Error::NotFound)?;
            let mutation = Mutation { user, message };
            if !change(tx.conn, &mutation)? {
                return Ok(mutation.message);
            }
            let mut changed = vec![store::stamp(tx.conn, room, id)?];
            let message = changed[0].message.clone();
            if message.deleted_at.is_some() {
                tx.erases();
                // A thread with an answer less is another change.
                if let Some(root) = message.thread {
                    changed.push(store::stamp(tx.conn, room, root)?);
                }
            }
            for one in &changed {
                events.emit(tx, changed_event(one)?)?;
            }
            Ok(message)
        };
        self.app.db.write(write).await
    }
}

/// Somebody about to change a message.
pub struct Mutation {
    pub user: UserId,
    /// As it is before.
    pub message: Message,
}

impl Mutation {
    /// Whether they may do this in its room, now.
    ///
    /// # Errors
    /// `Forbidden` by the table of rights.
    pub fn demand(&self, conn: &mut Conn, action: Action) -> Result<()> {
        rooms::demand(conn, self.message.room, self.user, action).map(drop)
    }

    /// Whether there is something left to change.
    ///
    /// # Errors
    /// `Conflict` when the message was deleted.
    pub fn alive(&self) -> Result<()> {
        match self.message.deleted_at {
            None => Ok(()),
            Some(_) => Err(gone()),
        }
    }
}

/// What somebody is told who changes a message that is not there any more.
pub fn gone() -> Error {
    Error::Conflict("This message has been deleted.".into())
}

/// The event of a changed message.
///
/// # Errors
/// `Internal` when the template fails.
pub fn changed_event(changed: &Changed) -> Result<Event> {
    let (message, html) = (&changed.message, replace(changed)?);
    Ok(Event::MessageChanged {
        room: message.room,
        id: message.id,
        publication: Publication::new(Some(message.rev), &html, None),
    })
}
