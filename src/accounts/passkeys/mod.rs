//! Passkeys (WebAuthn level 3): the list of a user, and what browsers need to create and use them.
//!
//! Invariants: a challenge is used once, within five minutes, and only by the log-in or the session that it was given
//! to. A passkey counts only on pages of the host for which it was made. Attestation is not asked for: the user chooses
//! their authenticator, so its maker does not matter.

mod credential;
pub mod http;
mod log_in;
mod public_key;
mod relying_party;
mod store;

pub use relying_party::RelyingParty;

use std::{net::IpAddr, time::Instant};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Accounts, User, guard::ConfirmedUser, name::one_line, second_factor::random};
use crate::{
    db::{
        Tx,
        ids::{SessionId, UserId},
        time,
    },
    error::{Error, Result},
};
use {credential::NewCredential, public_key::KeyAlgorithm};

/// Time in which a challenge must be answered (ms).
const CHALLENGE: i64 = 5 * 60 * 1000;
/// Passkeys of one user.
const MAX: usize = 30;
/// Length of a name (characters).
const MAX_NAME: usize = 64;

/// Passkey in the list of its owner.
#[derive(Clone, Debug, Serialize)]
pub struct Passkey {
    pub id: i64,
    pub name: String,
    #[serde(serialize_with = "time::serialize_iso")]
    pub created_at: i64,
    /// Last log-in or confirmation with it (ms UTC).
    #[serde(serialize_with = "optional_iso")]
    pub used_at: Option<i64>,
}

/// Log-in or session that may use a challenge, as a hash.
#[derive(Clone, Copy)]
struct BoundTo([u8; 32]);

impl BoundTo {
    /// A session, for one purpose.
    fn session(session: SessionId, purpose: &str) -> BoundTo {
        BoundTo(Sha256::digest(format!("{purpose} in session {session}")).into())
    }

    /// The creation of a passkey.
    fn creation(user: &User) -> BoundTo {
        BoundTo::session(user.session, "create a passkey")
    }
}

impl Accounts {
    /// Passkeys of a user, oldest first.
    pub async fn passkeys(&self, user: &ConfirmedUser) -> Result<Vec<Passkey>> {
        let id = user.user().id;
        self.db().read(move |conn| store::list(conn, id)).await
    }

    /// Whether a user has a passkey.
    pub(super) async fn has_passkeys(&self, user: UserId) -> Result<bool> {
        let find = self.db().read(move |conn| store::credentials(conn, user));
        Ok(!find.await?.is_empty())
    }

    /// Options to create a passkey, as `PublicKeyCredential.parseCreationOptionsFromJSON` reads them.
    pub async fn passkey_creation(
        &self,
        user: &ConfirmedUser,
        party: &RelyingParty,
        from: IpAddr,
    ) -> Result<Value> {
        let user = user.user();
        let challenge = self.challenge(from, BoundTo::creation(user)).await?;
        let id = user.id;
        let known = self
            .db()
            .read(move |conn| store::credentials(conn, id))
            .await?;
        let algorithms =
            KeyAlgorithm::ALL.map(|one| json!({ "type": "public-key", "alg": one.cose() }));
        Ok(json!({
            "challenge": challenge,
            "rp": { "id": party.host, "name": "Chatterbox" },
            "user": {
                "id": encoded(&user.id.0.to_be_bytes()),
                "name": *user.username,
                "displayName": *user.viewer().name,
            },
            "pubKeyCredParams": algorithms,
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "none",
            "excludeCredentials": descriptors(&known),
            "timeout": CHALLENGE,
        }))
    }

    /// Adds a passkey that was created with such options. Returns its id.
    ///
    /// # Errors
    /// `Invalid` for a response that does not pass the checks; `Conflict` for a known passkey, and beyond 30.
    pub async fn add_passkey(
        &self,
        user: &ConfirmedUser,
        party: RelyingParty,
        (credential, name): (&Value, &str),
    ) -> Result<i64> {
        let (name, new) = (parse_name(name)?, NewCredential::of(credential, &party)?);
        let (id, bound_to) = (user.user().id, BoundTo::creation(user.user()));
        let challenge = hash(&new.challenge);
        self.take_challenge(challenge, bound_to).await?;
        let add = move |tx: &mut Tx| {
            if store::credentials(tx.conn, id)?.len() >= MAX {
                let many = format!("You already have {MAX} passkeys. Remove one first.");
                return Err(Error::Conflict(many));
            }
            let known = || Error::Conflict("That passkey was already added.".into());
            let row = (&*party.host, &*name, time::now());
            store::add(tx.conn, id, &new, row)?.ok_or_else(known)
        };
        self.db().write(add).await
    }

    /// Renames a passkey.
    ///
    /// # Errors
    /// `Invalid` for a name that is empty or too long; `NotFound` if the user has no such passkey.
    pub async fn rename_passkey(
        &self,
        user: &ConfirmedUser,
        passkey: i64,
        name: &str,
    ) -> Result<()> {
        let (id, name) = (user.user().id, parse_name(name)?);
        let rename = move |tx: &mut Tx| store::rename(tx.conn, id, (passkey, &name));
        match self.db().write(rename).await? {
            true => Ok(()),
            false => Err(Error::NotFound),
        }
    }

    /// Removes a passkey.
    ///
    /// # Errors
    /// `NotFound` if the user has no such passkey.
    pub async fn remove_passkey(&self, user: &ConfirmedUser, passkey: i64) -> Result<()> {
        let id = user.user().id;
        let remove = move |tx: &mut Tx| store::remove(tx.conn, id, passkey);
        match self.db().write(remove).await? {
            true => Ok(()),
            false => Err(Error::NotFound),
        }
    }

    /// Gives out a challenge of 256 bits, in base64url.
    ///
    /// # Errors
    /// `TooMany` after 100 of an address in three minutes.
    async fn challenge(&self, from: IpAddr, bound_to: BoundTo) -> Result<String> {
        if self.0.app.config.limits {
            let too_many = |wait| Error::too_many("Too many attempts with passkeys.", wait);
            let challenges = &self.0.challenges;
            challenges.take(from, Instant::now()).map_err(too_many)?;
        }
        let challenge = random::<32>()?;
        let (hash, now) = (hash(&challenge), time::now());
        let add = move |tx: &mut Tx| {
            let times = (now, now + CHALLENGE);
            store::add_challenge(tx.conn, (&hash, &bound_to.0), times)
        };
        self.db().write(add).await?;
        Ok(encoded(&challenge))
    }

    /// Uses a challenge up, whatever the checks after it find.
    ///
    /// # Errors
    /// `Invalid` if it was used, has expired, or was given to another log-in or session.
    async fn take_challenge(&self, challenge: [u8; 32], bound_to: BoundTo) -> Result<()> {
        let take = move |tx: &mut Tx| {
            store::take_challenge(tx.conn, (&challenge, &bound_to.0), time::now())
        };
        match self.db().write(take).await? {
            true => Ok(()),
            false => Err(Error::Invalid("That took too long. Try again.".into())),
        }
    }
}

/// Parses the name of a passkey.
fn parse_name(text: &str) -> Result<String> {
    let name = one_line(text);
    match name.chars().count() {
        0 => Err(Error::Invalid("Enter a name for the passkey.".into())),
        1..=MAX_NAME => Ok(name),
        _ => Err(Error::Invalid(format!(
            "Names of passkeys can be at most {MAX_NAME} characters."
        ))),
    }
}

/// `PublicKeyCredentialDescriptor`s of credentials.
fn descriptors(credentials: &[Vec<u8>]) -> Vec<Value> {
    let descriptor = |id: &Vec<u8>| json!({ "type": "public-key", "id": encoded(id) });
    credentials.iter().map(descriptor).collect()
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn hash(challenge: &[u8]) -> [u8; 32] {
    Sha256::digest(challenge).into()
}

fn optional_iso<S: serde::Serializer>(
    at: &Option<i64>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    match at {
        Some(at) => time::serialize_iso(at, serializer),
        None => serializer.serialize_none(),
    }
}
