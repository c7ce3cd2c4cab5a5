//! One-time code that the setup of a new server asks for when people on other machines can reach it.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::config::{self, Config};

/// Letters and digits of a random code, without those that look alike. 32 of them, so each has 5 bits.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Groups of a random code, and characters of a group: 80 bits.
const GROUPS: usize = 4;
const GROUP: usize = 4;

/// Code that is needed for the first account.
pub struct SetupCode(String);

impl SetupCode {
    /// The code of a server; `None` if it needs none.
    pub fn of(config: &Config) -> Option<SetupCode> {
        if !config.needs_setup() {
            return None;
        }
        Some(SetupCode(match &config.setup_code {
            Some(config::SetupCodeFlag::Text(code)) => code.clone(),
            _ => random(),
        }))
    }

    /// The code as the operator sees it.
    pub fn shown(&self) -> &str {
        &self.0
    }

    /// Whether `typed` is the code. Takes the same time for each wrong one of a length.
    pub fn matches(&self, typed: &str) -> bool {
        let (ours, theirs) = (digest(&self.0), digest(typed.trim()));
        let pairs = ours.iter().zip(&theirs);
        pairs.fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

fn digest(code: &str) -> [u8; 32] {
    Sha256::digest(code).into()
}

/// A code such as `k7fq-2mzx-vd9a-w3hr`.
fn random() -> String {
    // The last seven bytes of a UUID of version 4 are random (RFC 9562).
    let ids = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()];
    let mut bytes = ids.iter().flat_map(|id| id.as_bytes()[9..].to_vec());
    let mut letter = || char::from(ALPHABET[usize::from(bytes.next().unwrap_or(0) % 32)]);
    let groups = (0..GROUPS).map(|_| (0..GROUP).map(|_| letter()).collect());
    groups.collect::<Vec<String>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_code_is_long_and_used_once() {
        let (one, other) = (random(), random());
        assert_eq!(one.len(), 19, "{one}");
        assert_ne!(one, other);
    }

    #[test]
    fn only_the_whole_code_matches() {
        let code = SetupCode("k7fq-2mzx".into());
        assert!(code.matches(" k7fq-2mzx\n"));
        for wrong in ["", "k7fq-2mz", "k7fq-2mzxx", "K7FQ-2MZX"] {
            assert!(!code.matches(wrong), "{wrong}");
        }
    }
}
