//! Public keys of passkeys: reading them from their DER form, and checking signatures.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// Kind of a key, which the browser chooses from those that we offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSA (PKCS #1 v1.5) with SHA-256.
    Rs256,
}

impl KeyAlgorithm {
    /// All of them, the preferred one first.
    pub const ALL: [KeyAlgorithm; 3] = [
        KeyAlgorithm::EdDsa,
        KeyAlgorithm::Es256,
        KeyAlgorithm::Rs256,
    ];

    /// Number in the COSE registry (RFC 9053, RFC 8812).
    pub fn cose(self) -> i32 {
        match self {
            KeyAlgorithm::Es256 => -7,
            KeyAlgorithm::EdDsa => -8,
            KeyAlgorithm::Rs256 => -257,
        }
    }

    /// The algorithm of a COSE number.
    pub fn of_cose(number: i32) -> Option<KeyAlgorithm> {
        KeyAlgorithm::ALL
            .into_iter()
            .find(|one| one.cose() == number)
    }

    /// Algorithm identifier in DER (RFC 5480, RFC 8410, RFC 3279).
    fn identifier(self) -> &'static [u8] {
        match self {
            KeyAlgorithm::Es256 => {
                b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
            }
            KeyAlgorithm::EdDsa => b"\x06\x03\x2b\x65\x70",
            KeyAlgorithm::Rs256 => b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00",
        }
    }

    /// Whether the bits of a key have the form that the algorithm needs.
    fn accepts(self, key: &[u8]) -> bool {
        match self {
            KeyAlgorithm::Es256 => key.len() == 65 && key[0] == 4, // not compressed
            KeyAlgorithm::EdDsa => key.len() == 32,
            KeyAlgorithm::Rs256 => {
                let mut rest = key;
                element(&mut rest, SEQUENCE).is_some() && rest.is_empty()
            }
        }
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            KeyAlgorithm::Es256 => &ECDSA_P256_SHA256_ASN1,
            KeyAlgorithm::EdDsa => &ED25519,
            KeyAlgorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// Public key of a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    pub algorithm: KeyAlgorithm,
    /// Bits of the key, without its identifier.
    pub bits: Vec<u8>,
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280) of an algorithm. `None` for anything else.
    pub fn of_der(der: &[u8], algorithm: KeyAlgorithm) -> Option<PublicKey> {
        let mut rest = der;
        let mut info = element(&mut rest, SEQUENCE)?;
        let identifier = element(&mut info, SEQUENCE)?;
        let bits = element(&mut info, BIT_STRING)?;
        let (unused, bits) = bits.split_first()?;
        let is_whole = rest.is_empty() && info.is_empty() && *unused == 0;
        let is_known = identifier == algorithm.identifier() && algorithm.accepts(bits);
        (is_whole && is_known).then(|| PublicKey {
            algorithm,
            bits: bits.to_vec(),
        })
    }

    /// Whether a signature of a message was made with the private key.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(self.algorithm.verification(), &self.bits);
        key.verify(message, signature).is_ok()
    }
}

/// Takes an element with a tag from the start of DER data (X.690). Returns its content; `None` if there is no such
/// element, or its length is not in the shortest form.
fn element<'a>(der: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let [found, first, rest @ ..] = *der else {
        return None;
    };
    let (length, rest) = match (first, rest) {
        (0..=0x7f, rest) => (usize::from(*first), rest),
        (0x81, [length, rest @ ..]) if *length >= 0x80 => (usize::from(*length), rest),
        (0x82, [high, low, rest @ ..]) if *high > 0 => {
            (usize::from(*high) << 8 | usize::from(*low), rest)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    *der = after;
    (*found == tag).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Public key of an algorithm in DER.
    fn info(algorithm: KeyAlgorithm, bits: &[u8]) -> Vec<u8> {
        let tagged = |tag: u8, content: &[u8]| {
            let length = content.len();
            let length = match length {
                0..=0x7f => vec![length as u8],
                0x80..=0xff => vec![0x81, length as u8],
                _ => vec![0x82, (length >> 8) as u8, length as u8],
            };
            [&[tag][..], &length, content].concat()
        };
        let identifier = tagged(SEQUENCE, algorithm.identifier());
        let bits = tagged(BIT_STRING, &[&[0], bits].concat());
        tagged(SEQUENCE, &[identifier, bits].concat())
    }

    #[test]
    fn keys_are_read_for_their_own_algorithm_only() {
        let point = [&[4][..], &[7; 64]].concat();
        let rsa = [&b"\x30\x82\x01\x05"[..], &[7; 0x105]].concat();
        for (algorithm, bits) in [
            (KeyAlgorithm::Es256, point.clone()),
            (KeyAlgorithm::EdDsa, vec![7; 32]),
            (KeyAlgorithm::Rs256, rsa),
        ] {
            let der = info(algorithm, &bits);
            for other in KeyAlgorithm::ALL {
                let read = PublicKey::of_der(&der, other);
                let expected = (other == algorithm).then(|| PublicKey {
                    algorithm,
                    bits: bits.clone(),
                });
                assert_eq!(read, expected);
            }
        }
        let compressed = info(KeyAlgorithm::Es256, &[&[2][..], &[7; 32]].concat());
        assert_eq!(PublicKey::of_der(&compressed, KeyAlgorithm::Es256), None);
    }

    #[test]
    fn damaged_keys_are_refused() {
        let der = info(KeyAlgorithm::EdDsa, &[7; 32]);
        assert!(PublicKey::of_der(&der, KeyAlgorithm::EdDsa).is_some());
        for length in 0..der.len() {
            assert_eq!(PublicKey::of_der(&der[..length], KeyAlgorithm::EdDsa), None);
        }
        let longer = [&der[..], &[0]].concat();
        assert_eq!(PublicKey::of_der(&longer, KeyAlgorithm::EdDsa), None);
        let padded = [&[der[0], 0x81], &der[1..]].concat(); // a length that is not in the shortest form
        assert_eq!(PublicKey::of_der(&padded, KeyAlgorithm::EdDsa), None);
    }

    #[test]
    fn algorithms_have_their_registered_numbers() {
        for algorithm in KeyAlgorithm::ALL {
            assert_eq!(KeyAlgorithm::of_cose(algorithm.cose()), Some(algorithm));
        }
        assert_eq!(KeyAlgorithm::of_cose(-65535), None, "RSA with SHA-1");
    }
}
