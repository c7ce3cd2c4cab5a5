//! Confirmation of the password, which changes of an account need, and a new password.

use std::net::IpAddr;

use super::{
    Accounts, LogInClient, User,
    guard::ConfirmedUser,
    listed_sessions::end_others,
    name::Username,
    password::{self, Password},
    second_factor, store,
};
use crate::{
    db::{Tx, ids::SessionId, time},
    error::{Error, Result},
    web::form_error::FormError,
};

/// Field of both forms.
const FIELD: &str = "password";

impl Accounts {
    /// Checks the password of a user again and records it for the session. Failures count like failed log-ins.
    ///
    /// # Errors
    /// `Invalid` for a wrong password, `TooMany` after too many failures.
    pub async fn confirm(
        &self,
        user: &User,
        client: &LogInClient,
        password: &str,
    ) -> Result<(), FormError> {
        let name = Username::parse(&user.username).ok();
        let owner = self.verified(client, name, password).await?;
        if owner != Some(user.id) {
            let why = "That’s not your password.";
            return Err(FormError::at(FIELD, Error::Invalid(why.into())));
        }
        Ok(self.record_confirmation(user.session, |_| Ok(())).await?)
    }

    /// Records in a session that it is still the same user, together with another change.
    pub(super) async fn record_confirmation(
        &self,
        session: SessionId,
        change: impl FnOnce(&mut Tx) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let accounts = self.clone();
        let record = move |tx: &mut Tx| {
            change(tx)?;
            store::sessions::confirm(tx.conn, session, time::now())?;
            let forget = move || {
                let sessions = &accounts.0.sessions;
                sessions.remove_where(|_, known| known.id == session);
            };
            tx.after_commit(forget);
            Ok(())
        };
        self.db().write(record).await
    }

    /// Changes the password and ends all other sessions. Returns how many ended.
    ///
    /// # Errors
    /// `Invalid` for an unusable password, `Unauthenticated` if the session has ended meanwhile.
    pub async fn change_password(
        &self,
        user: &ConfirmedUser,
        client: &LogInClient,
        password: &str,
    ) -> Result<usize, FormError> {
        let invalid = |why: &str| FormError::at(FIELD, Error::Invalid(why.into()));
        let password = Password::parse(password).map_err(invalid)?;
        let hash = self.hash_password(client.peer.address, password).await?;
        let User { id, session, .. } = *user.user();
        let events = self.0.app.events.clone();
        let change = move |tx: &mut Tx| {
            // Another session may have changed the password in the meantime, which ended this one.
            if !store::sessions::is_open(tx.conn, session)? {
                return Err(Error::Unauthenticated);
            }
            store::set_password_hash(tx.conn, id, &hash)?;
            second_factor::store::cancel_pending(tx.conn, id)?;
            end_others(tx, &events, id, session)
        };
        Ok(self.db().write(change).await?)
    }

    /// Hashes a password on the pool for it.
    pub(super) async fn hash_password(&self, from: IpAddr, password: Password) -> Result<String> {
        let cost = self.0.app.config.password_cost;
        let hash = move || password::hash(&password, cost);
        let hash = self.0.password_pool.run(from, hash).await?;
        hash.map_err(|error| Error::Internal(format!("bcrypt: {error}")))
    }
}
