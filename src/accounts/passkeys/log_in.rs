//! Log-in with a passkey alone or after the password, and confirmation that it is still the same user.

use std::net::IpAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    BoundTo, CHALLENGE, RelyingParty,
    credential::{Assertion, damaged, other_address},
    descriptors, hash, store,
};
use crate::{
    accounts::{
        Accounts, LogInClient, User,
        log_in::{LoggedIn, open_session},
        second_factor, sessions,
    },
    db::{Tx, ids::UserId, time},
    error::{Error, Result},
};

/// Passkey whose signature was right.
struct Verified {
    passkey: i64,
    user: UserId,
    uses: i64,
}

impl BoundTo {
    /// A log-in, by the token in its cookie.
    fn log_in(token: Uuid) -> BoundTo {
        BoundTo(sessions::hash(token))
    }

    /// The confirmation of a session.
    fn confirmation(user: &User) -> BoundTo {
        BoundTo::session(user.session, "confirm")
    }
}

impl Accounts {
    /// Options to use a passkey in a log-in, as `PublicKeyCredential.parseRequestOptionsFromJSON` reads them. After the
    /// password, only those of its user are asked for.
    pub async fn passkey_log_in(
        &self,
        party: &RelyingParty,
        from: IpAddr,
        token: Uuid,
    ) -> Result<Value> {
        let user = match self.pending_log_in(token).await {
            Ok(pending) => Some(pending.user),
            Err(Error::Unauthenticated) => None,
            Err(error) => return Err(error),
        };
        self.request_options(party, from, (BoundTo::log_in(token), user))
            .await
    }

    /// Whether the user of a pending log-in has a passkey.
    pub(in crate::accounts) async fn has_passkeys_of(&self, token: Option<Uuid>) -> Result<bool> {
        let Some(token) = token else {
            return Ok(false);
        };
        match self.pending_log_in(token).await {
            Ok(pending) => self.has_passkeys(pending.user).await,
            Err(Error::Unauthenticated) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Options to use a passkey to confirm that it is still the same user.
    pub async fn passkey_confirmation(
        &self,
        user: &User,
        party: &RelyingParty,
        from: IpAddr,
    ) -> Result<Value> {
        let binding = (BoundTo::confirmation(user), Some(user.id));
        self.request_options(party, from, binding).await
    }

    async fn request_options(
        &self,
        party: &RelyingParty,
        from: IpAddr,
        (bound_to, user): (BoundTo, Option<UserId>),
    ) -> Result<Value> {
        let challenge = self.challenge(from, bound_to).await?;
        let credentials = match user {
            Some(user) => {
                self.db()
                    .read(move |conn| store::credentials(conn, user))
                    .await?
            }
            None => Vec::new(),
        };
        Ok(json!({
            "challenge": challenge,
            "rpId": party.host,
            "allowCredentials": descriptors(&credentials),
            "userVerification": "required",
            "timeout": CHALLENGE,
        }))
    }

    /// Logs in with a passkey alone.
    ///
    /// # Errors
    /// `Invalid` if the passkey does not pass the checks, or is not known.
    pub async fn log_in_with_passkey(
        &self,
        client: &LogInClient,
        party: &RelyingParty,
        (token, credential): (Uuid, &Value),
    ) -> Result<LoggedIn> {
        let bound_to = BoundTo::log_in(token);
        let verified = self.verify(party, bound_to, credential).await?;
        self.open_with_passkey(client, verified, None).await
    }

    /// Finishes a pending log-in with a passkey of its user.
    ///
    /// # Errors
    /// As [`Accounts::log_in_with_passkey`]; `Unauthenticated` five minutes after the password was entered.
    pub async fn finish_log_in_with_passkey(
        &self,
        client: &LogInClient,
        party: &RelyingParty,
        (token, credential): (Uuid, &Value),
    ) -> Result<LoggedIn> {
        let pending = self.pending_log_in(token).await?;
        let bound_to = BoundTo::log_in(token);
        let verified = self.verify(party, bound_to, credential).await?;
        match verified.user == pending.user {
            true => {
                self.open_with_passkey(client, verified, Some(pending.id))
                    .await
            }
            false => Err(of_another_user()),
        }
    }

    /// Records for the session that its user has shown a passkey now.
    ///
    /// # Errors
    /// `Invalid` if the passkey does not pass the checks, or belongs to another user.
    pub async fn confirm_with_passkey(
        &self,
        user: &User,
        party: &RelyingParty,
        credential: &Value,
    ) -> Result<()> {
        let bound_to = BoundTo::confirmation(user);
        let verified = self.verify(party, bound_to, credential).await?;
        if verified.user != user.id {
            return Err(of_another_user());
        }
        self.record_confirmation(user.session, move |tx| use_passkey(tx, &verified))
            .await
    }

    async fn open_with_passkey(
        &self,
        client: &LogInClient,
        verified: Verified,
        pending: Option<i64>,
    ) -> Result<LoggedIn> {
        let client = client.clone();
        let open = move |tx: &mut Tx| {
            use_passkey(tx, &verified)?;
            if let Some(pending) = pending
                && !second_factor::store::take_pending(tx.conn, pending)?
            {
                return Err(Error::Unauthenticated);
            }
            open_session(tx, verified.user, &client)
        };
        self.db().write(open).await
    }

    /// Checks an assertion: page, challenge, host and signature.
    async fn verify(
        &self,
        party: &RelyingParty,
        bound_to: BoundTo,
        credential: &Value,
    ) -> Result<Verified> {
        let assertion = Assertion::of(credential, party)?;
        self.take_challenge(hash(&assertion.challenge), bound_to)
            .await?;
        let id = assertion.id.clone();
        let known = self.db().read(move |conn| store::find(conn, &id)).await?;
        let known = known.ok_or_else(unknown)?;
        if known.host != party.host {
            return Err(other_address());
        }
        let uses = assertion.verify(&known.key, &known.host)?;
        if uses != 0 && uses <= known.uses {
            // Only a hint: synchronized passkeys do not count.
            tracing::warn!(passkey = known.id, "the counter of a passkey did not grow");
        }
        Ok(Verified {
            passkey: known.id,
            user: known.user,
            uses: uses.max(known.uses),
        })
    }
}

/// Records the use of a passkey, which may have been removed since it was checked.
fn use_passkey(tx: &mut Tx, verified: &Verified) -> Result<()> {
    match store::touch(tx.conn, verified.passkey, (verified.uses, time::now()))? {
        true => Ok(()),
        false => Err(damaged()),
    }
}

fn unknown() -> Error {
    let why = "That passkey isn’t known here. It may have been removed. Log in with your password.";
    Error::Invalid(why.into())
}

fn of_another_user() -> Error {
    Error::Invalid("That passkey belongs to another account.".into())
}
