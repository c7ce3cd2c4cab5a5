//! Threads that a person follows, and how far they have read them.

use super::{Sidebar, store};
use crate::{
    db::{Tx, ids::MessageId},
    error::{Error, Result},
    messages,
    rooms::{self, Action, Member},
};

impl Sidebar {
    /// Follows a thread from now on: new answers count as unread. An answer stands for its thread.
    ///
    /// # Errors
    /// `NotFound` when there is no such message in the room.
    pub async fn follow(&self, member: &Member, root: MessageId) -> Result<()> {
        self.follows(member, root, true).await
    }

    /// Follows it no longer, also when one answers again.
    ///
    /// # Errors
    /// As [`Sidebar::follow`].
    pub async fn unfollow(&self, member: &Member, root: MessageId) -> Result<()> {
        self.follows(member, root, false).await
    }

    /// All answers of a thread up to this one were seen; the position never goes back.
    ///
    /// # Errors
    /// As [`Sidebar::follow`], and `Invalid` when the answer is in another thread.
    pub async fn mark_thread(
        &self,
        member: &Member,
        root: MessageId,
        up_to: MessageId,
    ) -> Result<()> {
        let (room, user, its) = (member.room.id, member.user.id, self.clone());
        let write = move |tx: &mut Tx| {
            rooms::demand(tx.conn, room, user, Action::Read)?;
            let root = messages::root_of(tx.conn, room, root)?.ok_or(Error::NotFound)?;
            if messages::root_of(tx.conn, room, up_to)? != Some(root) {
                let what = "There is no such reply in this thread.";
                return Err(Error::Invalid(what.into()));
            }
            if store::read_thread(tx.conn, (room, user), root, up_to)? {
                tx.after_commit(move || its.moved(user, Some(room)));
            }
            Ok(())
        };
        self.0.app.db.write(write).await
    }

    async fn follows(&self, member: &Member, root: MessageId, following: bool) -> Result<()> {
        let (room, user, its) = (member.room.id, member.user.id, self.clone());
        let write = move |tx: &mut Tx| {
            rooms::demand(tx.conn, room, user, Action::Read)?;
            let root = messages::root_of(tx.conn, room, root)?.ok_or(Error::NotFound)?;
            let now = messages::following(tx.conn, user, room, root)?;
            if now.is_some_and(|(follows, _)| follows == following) {
                return Ok(());
            }
            let newest = store::newest_answer(tx.conn, root)?;
            messages::follow(tx.conn, user, room, root, (following, newest))?;
            tx.after_commit(move || its.moved(user, Some(room)));
            Ok(())
        };
        self.0.app.db.write(write).await
    }
}
