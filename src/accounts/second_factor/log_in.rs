//! The second step of a log-in: a one-time password or a recovery code after the password.

use std::time::Instant;

use uuid::Uuid;

use super::{FIELD, WRONG_CODE, recovery_codes, store, totp};
use crate::{
    accounts::{
        Accounts, LogInClient,
        log_in::{LogIn, LoggedIn, SecondStep, open_session},
        sessions,
    },
    db::{Conn, Tx, ids::UserId, time},
    error::{Error, Result},
    web::form_error::FormError,
};

/// Time in which the second step must follow the password (ms).
pub const PENDING: i64 = 5 * 60 * 1000;

impl Accounts {
    /// Opens a session for a right password, or a pending log-in if the account has a second factor.
    pub(in crate::accounts) async fn open_or_wait(
        &self,
        user: UserId,
        client: &LogInClient,
    ) -> Result<LogIn> {
        let (token, now, client) = (Uuid::new_v4(), time::now(), client.clone());
        let hash = sessions::hash(token);
        let open = move |tx: &mut Tx| match store::is_on(tx.conn, user)? {
            true => {
                store::add_pending(tx.conn, user, &hash, (now, now + PENDING))?;
                Ok(LogIn::NeedsCode(token))
            }
            false => open_session(tx, user, &client).map(LogIn::Open),
        };
        self.db().write(open).await
    }

    /// The user of a pending log-in.
    ///
    /// # Errors
    /// `Unauthenticated` for an unknown token, and five minutes after the password was entered.
    pub(in crate::accounts) async fn pending_log_in(
        &self,
        token: Uuid,
    ) -> Result<store::PendingLogIn> {
        let (hash, now) = (sessions::hash(token), time::now());
        let find = self.db().read(move |conn| store::pending(conn, &hash, now));
        find.await?.ok_or(Error::Unauthenticated)
    }

    /// Finishes a pending log-in with a one-time password or a recovery code, and opens a session.
    ///
    /// # Errors
    /// `Unauthenticated` as [`Accounts::pending_log_in`], `Invalid` for a wrong code, `TooMany` after too many.
    pub async fn finish_log_in(
        &self,
        client: &LogInClient,
        token: Uuid,
        code: &str,
    ) -> Result<LoggedIn, FormError> {
        let pending = self.pending_log_in(token).await?;
        let step = SecondStep {
            user: pending.user,
            name: pending.username()?,
            pending: Some(pending.id),
        };
        self.check_code(client, step, code).await
    }

    /// Checks the code of a log-in and opens a session. Wrong codes count as failed log-ins, and by user.
    pub(in crate::accounts) async fn check_code(
        &self,
        client: &LogInClient,
        step: SecondStep,
        code: &str,
    ) -> Result<LoggedIn, FormError> {
        let SecondStep {
            user,
            name,
            pending,
        } = step;
        let limits = self.0.app.config.limits.then_some(&self.0.wrong_codes);
        let too_many = |wait| Error::too_many("Too many wrong codes.", wait);
        let taken = limits.map_or(Ok(()), |limits| limits.take(user, Instant::now()));
        taken.map_err(too_many)?;
        let (code, of_client) = (code.to_owned(), client.clone());
        let open = move |tx: &mut Tx| {
            if !use_code(tx.conn, user, &code)? {
                return Ok(None);
            }
            if let Some(pending) = pending
                && !store::take_pending(tx.conn, pending)?
            {
                return Err(Error::Unauthenticated);
            }
            open_session(tx, user, &of_client).map(Some)
        };
        let opened = self.db().write(open);
        let opened = self.limited(client, Some(&name), opened).await;
        if !matches!(opened, Ok(None)) {
            limits.inspect(|limits| limits.refund(&user));
        }
        let wrong = || FormError::at(FIELD, Error::Invalid(WRONG_CODE.into()));
        opened?.ok_or_else(wrong)
    }
}

/// Uses a one-time password or a recovery code. Returns whether it was right.
fn use_code(conn: &mut Conn, user: UserId, code: &str) -> Result<bool> {
    if let Some(hash) = recovery_codes::hash(code) {
        return store::take_recovery_code(conn, user, &hash);
    }
    let Some((secret, last)) = store::secret(conn, user)? else {
        return Ok(false);
    };
    match totp::accepted_step(&secret, code, (time::now(), last)) {
        Some(step) => store::use_step(conn, user, step).map(|()| true),
        None => Ok(false),
    }
}
