//! Recovery codes: ten codes of 80 random bits, each of which replaces a one-time password once.

use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

use super::totp::base32;
use crate::error::{Error, Result};

/// Number of codes that a user gets.
pub const COUNT: usize = 10;
/// Random bytes of a code. A hash of so many needs no salt and no slow function.
const BYTES: usize = 10;
/// Letters of a group; the groups are joined by dashes.
const GROUP: usize = 4;

/// Hash under which a code is stored.
pub type CodeHash = [u8; 32];

/// New codes, as the user sees them: `abcd-efgh-2345-wxyz`.
///
/// # Errors
/// `Internal` without system randomness.
pub fn generate() -> Result<Vec<String>> {
    (0..COUNT).map(|_| Ok(shown(&random::<BYTES>()?))).collect()
}

/// Hash of a code as typed; `None` for a text that is no recovery code, such as a one-time password.
pub fn hash(typed: &str) -> Option<CodeHash> {
    let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = letters.to_ascii_lowercase();
    (letters.len() == BYTES * 8 / 5).then(|| Sha256::digest(letters).into())
}

/// Random bytes from the system.
///
/// # Errors
/// `Internal` if the system has none.
pub fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    let missing = |_| Error::Internal("the system has no random bytes".into());
    SystemRandom::new().fill(&mut bytes).map_err(missing)?;
    Ok(bytes)
}

fn shown(bytes: &[u8]) -> String {
    let letters: Vec<char> = base32(bytes).to_ascii_lowercase().chars().collect();
    let groups: Vec<String> = letters
        .chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_are_found_however_they_are_typed() {
        let codes = generate().expect("there is randomness");
        let hashes: std::collections::BTreeSet<_> = codes.iter().map(|code| hash(code)).collect();
        assert_eq!((codes.len(), hashes.len()), (COUNT, COUNT));
        for code in &codes {
            assert_eq!(code.len(), 19, "{code}");
            let typed = code.to_uppercase().replace('-', " ");
            assert!(hash(code).is_some() && hash(&typed) == hash(code));
        }
        for other in ["", "123456", "123 456", "abcd-efgh-ijkl"] {
            assert_eq!(hash(other), None);
        }
    }
}
