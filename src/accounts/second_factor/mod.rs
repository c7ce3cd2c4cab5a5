//! Second factor of an account: setting it up with an app, recovery codes, turning it off, and the second step of a
//! log-in.
//!
//! Invariants: a code works once, also with parallel requests, because the step of the code used last is compared and
//! stored in one transaction. No session is opened before the second factor was checked.

pub mod html;
pub mod http;
mod log_in;
mod recovery_codes;
pub(super) mod store;
mod totp;

pub use {log_in::PENDING, recovery_codes::random};

use super::{Accounts, guard::ConfirmedUser};
use crate::{
    db::{Tx, ids::UserId, time},
    error::{Error, Result},
    web::form_error::FormError,
};

/// Field of the forms.
const FIELD: &str = "code";

/// Text about a code that is wrong, of another time, or used. It does not say which, because a code of the future would
/// be worth knowing.
const WRONG_CODE: &str = "That code isn’t right, or it was already used. Wait for the next one, and check that the clock of \
     your device is right.";

/// Secret that waits for its first code.
pub struct NewSecret {
    secret: Vec<u8>,
    username: String,
}

/// State of the second factor of a user.
pub struct Status {
    /// When it was turned on (ms UTC).
    pub since: i64,
    /// Unused recovery codes.
    pub recovery_codes: i64,
}

impl NewSecret {
    /// Secret in base 32, for apps in which it is typed.
    pub fn secret(&self) -> String {
        totp::base32(&self.secret)
    }

    /// Address for the QR code.
    pub fn address(&self) -> String {
        totp::app_address(&self.secret, &self.username)
    }
}

impl Accounts {
    /// The second factor of a user; `None` while it is off.
    pub async fn second_factor(&self, user: &ConfirmedUser) -> Result<Option<Status>> {
        let id = user.user().id;
        self.db().read(move |conn| store::status(conn, id)).await
    }

    /// Whether log-ins of a user need a code.
    pub(super) async fn needs_code(&self, user: UserId) -> Result<bool> {
        self.db().read(move |conn| store::is_on(conn, user)).await
    }

    /// The secret that waits for its first code; `None` if the user has not begun to set one up.
    pub async fn second_factor_setup(&self, user: &ConfirmedUser) -> Result<Option<NewSecret>> {
        let (id, username) = (user.user().id, user.user().username.to_string());
        let secret = self
            .db()
            .read(move |conn| store::pending_secret(conn, id))
            .await?;
        Ok(secret.map(|secret| NewSecret { secret, username }))
    }

    /// Makes a new secret, which counts once a code of it was entered. It replaces one that waits for that.
    ///
    /// # Errors
    /// `Conflict` while the second factor is on.
    pub async fn begin_second_factor(&self, user: &ConfirmedUser) -> Result<NewSecret> {
        let (id, username) = (user.user().id, user.user().username.to_string());
        let secret = random::<{ totp::SECRET_BYTES }>()?.to_vec();
        let stored = secret.clone();
        let begin = move |tx: &mut Tx| match store::status(tx.conn, id)? {
            None => store::begin(tx.conn, id, &stored, time::now()),
            Some(_) => Err(already_on()),
        };
        self.db().write(begin).await?;
        Ok(NewSecret { secret, username })
    }

    /// Turns the second factor on with its first code. Returns the recovery codes, which are not stored.
    ///
    /// # Errors
    /// `Invalid` for a wrong code; `Conflict` if it is on, or was not begun.
    pub async fn confirm_second_factor(
        &self,
        user: &ConfirmedUser,
        code: &str,
    ) -> Result<Vec<String>, FormError> {
        let (id, code, codes) = (user.user().id, code.to_owned(), recovery_codes::generate()?);
        let hashes = hashes_of(&codes);
        let confirm = move |tx: &mut Tx| {
            if store::status(tx.conn, id)?.is_some() {
                return Err(already_on());
            }
            let not_begun =
                || Error::Conflict("Begin to set up two-factor authentication again.".into());
            let secret = store::pending_secret(tx.conn, id)?.ok_or_else(not_begun)?;
            let now = time::now();
            let wrong = || Error::Invalid(WRONG_CODE.into());
            let step = totp::accepted_step(&secret, &code, (now, 0)).ok_or_else(wrong)?;
            store::turn_on(tx.conn, id, (now, step))?;
            store::replace_recovery_codes(tx.conn, id, &hashes)
        };
        let confirmed = self.db().write(confirm).await;
        confirmed.map_err(|error| FormError::at(FIELD, error))?;
        Ok(codes)
    }

    /// Replaces the recovery codes of a user.
    ///
    /// # Errors
    /// `Conflict` while the second factor is off.
    pub async fn renew_recovery_codes(&self, user: &ConfirmedUser) -> Result<Vec<String>> {
        let (id, codes) = (user.user().id, recovery_codes::generate()?);
        let hashes = hashes_of(&codes);
        let renew = move |tx: &mut Tx| match store::status(tx.conn, id)? {
            Some(_) => store::replace_recovery_codes(tx.conn, id, &hashes),
            None => Err(Error::Conflict(
                "Turn two-factor authentication on first.".into(),
            )),
        };
        self.db().write(renew).await?;
        Ok(codes)
    }

    /// Turns the second factor off, with its recovery codes.
    pub async fn turn_off_second_factor(&self, user: &ConfirmedUser) -> Result<()> {
        let id = user.user().id;
        let turn_off = move |tx: &mut Tx| {
            tx.erases();
            store::turn_off(tx.conn, id)
        };
        self.db().write(turn_off).await
    }
}

fn already_on() -> Error {
    Error::Conflict("Two-factor authentication is already on. Turn it off first.".into())
}

fn hashes_of(codes: &[String]) -> Vec<recovery_codes::CodeHash> {
    codes
        .iter()
        .filter_map(|code| recovery_codes::hash(code))
        .collect()
}
