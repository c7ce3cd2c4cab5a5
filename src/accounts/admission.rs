//! Check of each new account against the registration mode, with the exception of the first account.

use super::{Accounts, invite::RegisterBy, store};
use crate::{
    app::App,
    db::Conn,
    error::{Error, Result},
    settings::RegistrationMode,
};

/// Checks whether an account may be made now. It is called again in the transaction that makes it.
///
/// # Errors
/// `Forbidden` in words for the person who registers; `Conflict` if the server is set up already.
pub fn check(app: &App, conn: &mut Conn, by: RegisterBy) -> Result<()> {
    let is_first = !store::has_users(conn)?;
    let refused = |why: String| Err(Error::Forbidden(why));
    let settings = app.settings.current();
    match (is_first, by, settings.registration) {
        (true, RegisterBy::Setup, _) => Ok(()),
        (false, RegisterBy::Setup, _) => Err(is_set_up()),
        (true, ..) if app.setup_code.is_some() => refused(
            "This server isn’t set up yet. Its admin can do that at /setup, with the code that it printed when it \
             started."
                .into(),
        ),
        (true, ..) | (false, _, RegistrationMode::Open) => Ok(()),
        (false, RegisterBy::Invitation, RegistrationMode::Invitation) => Ok(()),
        (false, RegisterBy::Public, RegistrationMode::Invitation) => refused(needs_invitation(&settings.name)),
        (false, _, RegistrationMode::Closed) => refused(is_closed(&settings.name)),
    }
}

/// The error of a setup of a server that has accounts.
pub fn is_set_up() -> Error {
    Error::Conflict("This server is already set up. Log in instead.".into())
}

/// Words for people without an invitation.
pub fn needs_invitation(server: &str) -> String {
    format!(
        "You need an invitation to join {server}. Ask someone who’s already here to send you one."
    )
}

/// Words for people who want to join a server that takes no one.
pub fn is_closed(server: &str) -> String {
    format!("{server} isn’t accepting new accounts.")
}

/// Whether a server has accounts, at its start. An error is a message for the operator.
pub async fn has_accounts(app: &App) -> Result<bool, String> {
    let has_users = app.db.read(store::has_users).await;
    has_users.map_err(|error| format!("The database can’t be read: {error}"))
}

impl Accounts {
    /// Whether there is no account yet.
    pub async fn is_empty(&self) -> Result<bool> {
        let has_users = &self.0.has_users;
        if has_users.get().is_some() {
            return Ok(false);
        }
        let is_empty = !self.db().read(store::has_users).await?;
        if !is_empty {
            let _ = has_users.set(()); // a server never gets empty again
        }
        Ok(is_empty)
    }
}
