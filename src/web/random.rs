//! Random secrets: tokens in links, and generated passwords.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Letters and numbers that are not mistaken for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Letters in each group of a generated password.
const GROUP: usize = 4;
/// Groups of a generated password: 100 bits.
const GROUPS: usize = 5;

/// Token of 128 bits in a link. The database contains only its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken([u8; 16]);

impl LinkToken {
    /// A new token.
    pub fn random() -> LinkToken {
        let mut token = [0; 16];
        token.copy_from_slice(&random_bytes()[..16]);
        LinkToken(token)
    }

    /// The token in a link.
    pub fn parse(text: &str) -> Option<LinkToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(LinkToken)
    }

    /// Hash for the database.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// Text in a link: 22 characters that need no escape.
impl fmt::Display for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// Not shown, so that it is not logged.
impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

/// A password that is easy to read aloud, such as `7k2m-…`.
pub fn password() -> String {
    let bytes = random_bytes();
    let letters = bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    let letters: Vec<char> = letters.take(GROUP * GROUPS).collect();
    let groups = letters.chunks(GROUP).map(String::from_iter);
    groups.collect::<Vec<String>>().join("-")
}

/// 32 random bytes. Two UUIDs have 244 random bits.
fn random_bytes() -> [u8; 32] {
    let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
    Sha256::new()
        .chain_update(one.as_bytes())
        .chain_update(two.as_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_from_its_link_and_not_printed() {
        let token = LinkToken::random();
        let text = token.to_string();
        assert_eq!(text.len(), 22);
        assert_eq!(LinkToken::parse(&text), Some(token.clone()));
        assert!(!format!("{token:?}").contains(&text));
        assert_ne!(token, LinkToken::random());
        for wrong in ["", "x", &text[1..], &format!("{text}A"), "ä/+"] {
            assert_eq!(LinkToken::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn generated_passwords_differ_and_have_five_groups() {
        let one = password();
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [4; 5]);
        assert_ne!(one, password());
    }
}
