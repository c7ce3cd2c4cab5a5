//! Change of a username. The old one stays reserved for its user, so that no one else can pass for them, and leads to
//! them.

use std::time::Instant;

use super::{
    Accounts,
    guard::ConfirmedUser,
    name::{RESERVED_NAME, Username},
    store::{self, former_names},
};
use crate::{
    db::{Conn, Tx, ids::UserId, time},
    error::{Error, Result},
    events::Event,
    web::form_error::FormError,
};

/// Time for which a former name is reserved (ms).
const RESERVED: i64 = 30 * time::DAY;
/// Field of the form.
const FIELD: &str = "username";

impl Accounts {
    /// Changes the username.
    ///
    /// # Errors
    /// `Invalid` for an unusable name and for one that passes for the system, unless an admin takes it; `Taken` for a
    /// name in use or reserved, `TooMany` after ten attempts in a day.
    pub async fn change_name(&self, user: &ConfirmedUser, name: &str) -> Result<(), FormError> {
        let user = user.user();
        let invalid = |why: &str| FormError::at(FIELD, Error::Invalid(why.into()));
        let name = Username::parse(name).map_err(invalid)?;
        if name.is_of_system() && !user.is_admin() {
            return Err(invalid(RESERVED_NAME));
        }
        if *name.shown() == *user.username {
            return Ok(());
        }
        if self.0.app.config.limits {
            let too_many = |wait| Error::too_many("You’re changing your username too often.", wait);
            let taken = self.0.name_changes.take(user.id, Instant::now());
            taken.map_err(|wait| FormError::at(FIELD, too_many(wait)))?;
        }
        let (id, events) = (user.id, self.0.app.events.clone());
        let change = move |tx: &mut Tx| {
            let now = time::now();
            let (before, display_name, avatar) =
                former_names::names(tx.conn, id)?.ok_or(Error::Unauthenticated)?;
            if is_of_another(tx.conn, &name, (id, now))? {
                return Err(Error::Taken);
            }
            if let Ok(before) = Username::parse(&before)
                && before.key() != name.key()
            {
                former_names::reserve(tx.conn, id, &before, now + RESERVED)?;
            }
            former_names::release(tx.conn, id, &name)?;
            former_names::set_username(tx.conn, id, &name)?;
            events.emit(tx, Event::UserRenamed(id))?;
            let changed = Event::UserChanged {
                user: id,
                username: name.shown().into(),
                display_name: display_name.into(),
                avatar,
            };
            events.emit(tx, changed)
        };
        let changed = self.db().write(change).await;
        changed.map_err(|error| FormError::at(FIELD, error))
    }
}

/// Whether a name, or one that can be taken for it, is used by or reserved for another user than `user`.
fn is_of_another(conn: &mut Conn, name: &Username, (user, now): (UserId, i64)) -> Result<bool> {
    let is_used = store::is_taken_by_another(conn, name, Some(user))?;
    Ok(is_used || former_names::is_reserved(conn, name, Some(user), now)?)
}

/// The user who gave up a name lately, and their username now.
pub fn former_owner(conn: &mut Conn, name: &str) -> Result<Option<(UserId, String)>> {
    former_names::owner(conn, name, time::now())
}
