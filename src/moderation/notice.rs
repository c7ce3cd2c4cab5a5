//! Notices: short messages of the moderators for one user, until the user dismisses them.

use serde::Serialize;

use super::{Moderation, store};
use crate::{
    accounts::User,
    app::App,
    db::{Conn, Tx, ids::UserId, time},
    error::Result,
    events::Event,
};

/// Notices on the page. Older ones appear once newer ones are dismissed.
const SHOWN: i64 = 100;

/// UserNotice for a user.
#[derive(Clone, Debug, Serialize)]
pub struct UserNotice {
    pub id: i64,
    pub text: String,
    /// Start of the message that it is about; empty without one.
    pub excerpt: String,
    #[serde(serialize_with = "time::serialize_iso")]
    pub created_at: i64,
}

impl Moderation {
    /// Notices of a user, newest first, at most 100.
    pub async fn notices(&self, user: &User) -> Result<Vec<UserNotice>> {
        let me = user.id;
        let read = move |conn: &mut Conn| store::notices::list(conn, me, SHOWN);
        self.app.db.read(read).await
    }

    /// Removes a notice of a user. Does nothing for one that is gone.
    pub async fn dismiss(&self, user: &User, id: i64) -> Result<()> {
        let (me, events) = (user.id, self.app.events.clone());
        let dismiss = move |tx: &mut Tx| {
            if store::notices::delete(tx.conn, me, id)? {
                tx.erases();
                events.emit(tx, Event::NoticesChanged(me))?;
            }
            Ok(())
        };
        self.app.db.write(dismiss).await
    }
}

/// Adds a notice for a user: a text, and the start of the message that it is about. Does nothing for a removed account.
pub fn send(tx: &mut Tx, app: &App, user: UserId, (text, excerpt): (&str, &str)) -> Result<()> {
    if store::notices::insert(tx.conn, user, (text, excerpt), time::now())? {
        app.events.emit(tx, Event::NoticesChanged(user))?;
    }
    Ok(())
}
