//! The user's choice of how pages look.

use super::{Accounts, User, store};
use crate::{db::Tx, error::Result, events::Event, web::appearance::Appearance};

impl Accounts {
    /// Changes how the pages of `user` look, on all their devices.
    pub async fn change_appearance(&self, user: &User, appearance: Appearance) -> Result<()> {
        let (id, events) = (user.id, self.0.app.events.clone());
        let write = move |tx: &mut Tx| {
            store::set_appearance(tx.conn, id, appearance)?;
            events.emit(tx, Event::AppearanceChanged(id))
        };
        self.db().write(write).await
    }
}
