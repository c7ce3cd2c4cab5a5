//! Responses of authenticators (WebAuthn level 3, sections 7.1 and 7.2), and the checks that need no database.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    public_key::{KeyAlgorithm, PublicKey},
    relying_party::RelyingParty,
};
use crate::error::{Error, Result};

/// Length of the id of a credential that we store (bytes), the limit of the specification.
const MAX_ID: usize = 1023;
/// The user touched the authenticator.
const USER_PRESENT: u8 = 0x01;
/// The authenticator checked a fingerprint, a face, or a PIN.
const USER_VERIFIED: u8 = 0x04;
/// The data of a new credential follow.
const HAS_CREDENTIAL: u8 = 0x40;

/// Bytes in base64url without padding.
#[derive(Debug)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text);
        bytes.map(Bytes).map_err(serde::de::Error::custom)
    }
}

/// `PublicKeyCredential` as its `toJSON` writes it.
#[derive(Deserialize)]
struct Credential<R> {
    #[serde(rename = "rawId")]
    id: Bytes,
    response: R,
}

/// Response to the creation of a passkey.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attestation {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    /// Missing if the browser does not know the algorithm.
    public_key: Option<Bytes>,
    public_key_algorithm: i32,
}

/// Response to a log-in with a passkey.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    signature: Bytes,
}

/// Client data that the browser signs: the page that asked, and the purpose.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: Bytes,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    top_origin: Option<String>,
}

/// New credential that passed the checks.
pub struct NewCredential {
    pub id: Vec<u8>,
    pub key: PublicKey,
    pub uses: i64,
    /// Challenge that it answers, which must have been given out.
    pub challenge: Vec<u8>,
}

/// Assertion whose signature was not checked yet.
pub struct Assertion {
    /// Id of the credential.
    pub id: Vec<u8>,
    /// Challenge that it answers, which must have been given out.
    pub challenge: Vec<u8>,
    authenticator_data: Vec<u8>,
    client_data: Vec<u8>,
    signature: Vec<u8>,
}

impl NewCredential {
    /// Checks the response to the creation of a passkey.
    ///
    /// # Errors
    /// `Invalid` for a response that is damaged, of another origin, or of an unknown algorithm.
    pub fn of(value: &Value, party: &RelyingParty) -> Result<NewCredential> {
        let Credential { id, response }: Credential<Attestation> = parse(value)?;
        let challenge = challenge_of(&response.client_data.0, "webauthn.create", party)?;
        let data = AuthenticatorData::of(&response.authenticator_data.0, &party.host)?;
        let is_same = data.credential_id().is_some_and(|created| created == id.0);
        if !is_same || id.0.is_empty() || id.0.len() > MAX_ID {
            return Err(damaged());
        }
        let unknown = || Error::Invalid("This server doesn’t support that kind of passkey.".into());
        let algorithm = KeyAlgorithm::of_cose(response.public_key_algorithm).ok_or_else(unknown)?;
        let der = response.public_key.ok_or_else(unknown)?.0;
        Ok(NewCredential {
            key: PublicKey::of_der(&der, algorithm).ok_or_else(damaged)?,
            uses: data.uses,
            id: id.0,
            challenge,
        })
    }
}

impl Assertion {
    /// Checks the page that asked for an assertion.
    ///
    /// # Errors
    /// `Invalid` for a response that is damaged, or of another origin.
    pub fn of(value: &Value, party: &RelyingParty) -> Result<Assertion> {
        let Credential { id, response }: Credential<AssertionResponse> = parse(value)?;
        Ok(Assertion {
            id: id.0,
            challenge: challenge_of(&response.client_data.0, "webauthn.get", party)?,
            authenticator_data: response.authenticator_data.0,
            client_data: response.client_data.0,
            signature: response.signature.0,
        })
    }

    /// Checks the signature, and that the authenticator made it for `host` after it verified the user. Returns its
    /// counter.
    ///
    /// # Errors
    /// `Invalid` if one of these is not so.
    pub fn verify(&self, key: &PublicKey, host: &str) -> Result<i64> {
        let data = AuthenticatorData::of(&self.authenticator_data, host)?;
        let hash = Sha256::digest(&self.client_data);
        let message = [&self.authenticator_data[..], &hash].concat();
        match key.verifies(&message, &self.signature) {
            true => Ok(data.uses),
            false => Err(damaged()),
        }
    }
}

/// Data that the authenticator signs (section 6.1).
struct AuthenticatorData<'a> {
    uses: i64,
    flags: u8,
    /// New credential and extensions.
    rest: &'a [u8],
}

impl AuthenticatorData<'_> {
    fn of<'a>(bytes: &'a [u8], host: &str) -> Result<AuthenticatorData<'a>> {
        let (hash, rest) = bytes.split_at_checked(32).ok_or_else(damaged)?;
        let [flags, a, b, c, d, rest @ ..] = rest else {
            return Err(damaged());
        };
        if hash != Sha256::digest(host).as_slice() {
            return Err(other_address());
        }
        let needed = USER_PRESENT | USER_VERIFIED;
        if flags & needed != needed {
            let why = "Your device didn’t check that it’s you. Set up a screen lock or PIN, then try again.";
            return Err(Error::Invalid(why.into()));
        }
        Ok(AuthenticatorData {
            uses: u32::from_be_bytes([*a, *b, *c, *d]).into(),
            flags: *flags,
            rest,
        })
    }

    /// Id of a new credential: after the model of the authenticator (16 bytes) and a length.
    fn credential_id(&self) -> Option<&[u8]> {
        let (length, rest) = self.rest.get(16..)?.split_first_chunk()?;
        let id = rest.get(..u16::from_be_bytes(*length).into())?;
        (self.flags & HAS_CREDENTIAL != 0).then_some(id)
    }
}

/// Challenge in the data of the browser, after checks of their kind and origin.
fn challenge_of(client_data: &[u8], kind: &str, party: &RelyingParty) -> Result<Vec<u8>> {
    let data: ClientData = serde_json::from_slice(client_data).map_err(|_| damaged())?;
    if data.kind != kind {
        return Err(damaged());
    }
    if data.origin != party.origin || data.cross_origin || data.top_origin.is_some() {
        return Err(other_address());
    }
    Ok(data.challenge.0)
}

/// A credential as JSON, or as a field of a form that contains JSON.
fn parse<T: DeserializeOwned>(value: &Value) -> Result<T> {
    let parsed = match value {
        Value::String(text) => serde_json::from_str(text),
        value => T::deserialize(value),
    };
    parsed.map_err(|_| damaged())
}

/// Refusal of a passkey that proves nothing.
pub fn damaged() -> Error {
    let why = "That passkey didn’t work. Try again, or use your password.";
    Error::Invalid(why.into())
}

/// Refusal of a passkey that was made for, or used at, another address.
pub fn other_address() -> Error {
    let why =
        "That passkey is for another address. Open Chatterbox at the address where you added it.";
    Error::Invalid(why.into())
}
