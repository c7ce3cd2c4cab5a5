//! An authenticator that creates and uses a passkey (WebAuthn level 3), with real keys and signatures.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Start of the public key of an algorithm in DER.
const ES256_INFO: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const ED25519_INFO: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

enum Key {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Authenticator with one passkey. Tests change its fields to have it misbehave.
pub struct Authenticator {
    key: Key,
    pub id: Vec<u8>,
    /// Origin of the page that asks.
    pub origin: String,
    /// Host for which the passkey is.
    pub host: String,
    /// User present, and verified.
    pub flags: u8,
    pub uses: u32,
    pub cross_origin: bool,
}

impl Authenticator {
    /// An authenticator with an ECDSA key, used on pages of this origin.
    pub fn es256(origin: &str) -> Authenticator {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("randomness");
        let key = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random);
        Authenticator::with(Key::Es256(key.expect("a valid key")), origin)
    }

    /// The same with an Ed25519 key.
    pub fn ed25519(origin: &str) -> Authenticator {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("randomness");
        let key = Ed25519KeyPair::from_pkcs8(key.as_ref()).expect("a valid key");
        Authenticator::with(Key::Ed25519(key), origin)
    }

    fn with(key: Key, origin: &str) -> Authenticator {
        let mut id = vec![0; 32];
        SystemRandom::new().fill(&mut id).expect("randomness");
        let authority = origin.split("://").nth(1).expect("an origin");
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        Authenticator {
            key,
            id,
            origin: origin.to_owned(),
            host: host.to_owned(),
            flags: 0x05,
            uses: 0,
            cross_origin: false,
        }
    }

    /// The response to options of `navigator.credentials.create`.
    pub fn create(&self, options: &Value) -> Value {
        let (prefix, bits, algorithm) = match &self.key {
            Key::Es256(key) => (ES256_INFO, key.public_key().as_ref(), -7),
            Key::Ed25519(key) => (ED25519_INFO, key.public_key().as_ref(), -8),
        };
        let mut data = self.authenticator_data(self.flags | 0x40);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        self.credential(json!({
            "clientDataJSON": encode(&self.client_data("webauthn.create", options)),
            "authenticatorData": encode(&data),
            "publicKey": encode(&[prefix, bits].concat()),
            "publicKeyAlgorithm": algorithm,
        }))
    }

    /// The response to options of `navigator.credentials.get`.
    pub fn get(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        self.sign(&client_data)
    }

    /// The response with the data of a browser that the test made.
    pub fn sign(&mut self, client_data: &[u8]) -> Value {
        self.uses += 1;
        let data = self.authenticator_data(self.flags);
        let message = [&data[..], &Sha256::digest(client_data)].concat();
        let signature = match &self.key {
            Key::Es256(key) => {
                let signature = key.sign(&SystemRandom::new(), &message);
                signature.expect("randomness").as_ref().to_vec()
            }
            Key::Ed25519(key) => key.sign(&message).as_ref().to_vec(),
        };
        self.credential(json!({
            "clientDataJSON": encode(client_data),
            "authenticatorData": encode(&data),
            "signature": encode(&signature),
            "userHandle": null,
        }))
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let hash = Sha256::digest(&self.host);
        [&hash[..], &[flags], &self.uses.to_be_bytes()].concat()
    }

    fn credential(&self, response: Value) -> Value {
        let id = encode(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
    }
}

/// Base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
