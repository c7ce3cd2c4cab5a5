//! Sessions of an account, which its owner can see and end.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Accounts, User, guard::ConfirmedUser, json::SessionJson, sessions::ListedSession, store,
};
use crate::{
    db::{
        Tx,
        ids::{SessionId, UserId},
        time,
    },
    error::{Error, Result},
    events::{Event, Events},
};

impl Accounts {
    /// Open sessions of the user, the one used last first.
    pub async fn sessions(&self, user: &ConfirmedUser) -> Result<Vec<ListedSession>> {
        let id = user.user().id;
        let list = move |conn: &mut _| store::sessions::list(conn, id, time::now());
        self.db().read(list).await
    }

    /// The open sessions as JSON.
    pub async fn sessions_json(&self, user: &ConfirmedUser) -> Result<Vec<Value>> {
        let listed = self.sessions(user).await?;
        let one = |session| json!(SessionJson::of(session, user.user()));
        Ok(listed.iter().map(one).collect())
    }

    /// Ends a session of the user and closes its sockets.
    ///
    /// # Errors
    /// `NotFound` if the user has no such session.
    pub async fn end_session(&self, user: &ConfirmedUser, session: SessionId) -> Result<()> {
        let (user, events) = (user.user().id, self.0.app.events.clone());
        let end = move |tx: &mut Tx| match store::sessions::close(tx.conn, user, session)? {
            true => events.emit(tx, Event::SessionEnded { user, session }),
            false => Err(Error::NotFound),
        };
        self.db().write(end).await
    }

    /// Ends all sessions of the user but the one of this request. Returns how many ended.
    pub async fn end_other_sessions(&self, user: &ConfirmedUser) -> Result<usize> {
        let User { id, session, .. } = *user.user();
        let events = self.0.app.events.clone();
        let end = move |tx: &mut Tx| end_others(tx, &events, id, session);
        self.db().write(end).await
    }
}

/// Ends all sessions of a user but one. Returns how many ended.
pub(super) fn end_others(
    tx: &mut Tx,
    events: &Arc<Events>,
    user: UserId,
    kept: SessionId,
) -> Result<usize> {
    let ended = store::sessions::close_others(tx.conn, user, kept)?;
    for session in &ended {
        let session = *session;
        events.emit(tx, Event::SessionEnded { user, session })?;
    }
    Ok(ended.len())
}
