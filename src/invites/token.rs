//! Token of an invite link.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Length of a token (bytes): 128 bits cannot be guessed.
const LENGTH: usize = 16;

/// Token in the URL of an invite link. It has no `Debug` or `Display`, so that it is not logged by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteToken([u8; LENGTH]);

impl InviteToken {
    /// A token from the random numbers of the operating system.
    pub fn random() -> Result<InviteToken> {
        let mut bytes = [0; LENGTH];
        let failed = |error| Error::Internal(format!("no random numbers: {error}"));
        getrandom::fill(&mut bytes).map_err(failed)?;
        Ok(InviteToken(bytes))
    }

    /// The token of a URL; `None` if it has another form.
    pub fn parse(text: &str) -> Option<InviteToken> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(InviteToken)
    }

    /// The token as a part of a URL (base64url without padding, RFC 4648).
    pub fn in_url(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The hash under which a token is stored.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_survive_their_url() {
        let (one, other) = (InviteToken::random(), InviteToken::random());
        let (one, other) = (one.expect("random numbers"), other.expect("random numbers"));
        assert!(one != other && one.hash() != other.hash());
        assert_eq!(one.in_url().len(), 22);
        assert!(InviteToken::parse(&one.in_url()).is_some_and(|same| same == one));
        for text in [
            "",
            "abc",
            &one.in_url()[1..],
            &format!("{}A", one.in_url()),
            "../../etc/passwd.......",
        ] {
            assert!(InviteToken::parse(text).is_none(), "{text}");
        }
    }
}
