//! Checksums of upload requests (the `checksum` extension of tus 1.0).

use base64::{Engine, prelude::BASE64_STANDARD};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Expected checksum of a request body, updated as the body arrives.
pub struct Checksum {
    algorithm: Algorithm,
    expected: Vec<u8>,
}

enum Algorithm {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Checksum {
    /// Parses an `Upload-Checksum` header: the algorithm, then the checksum in Base64. Returns `None` for an unknown
    /// algorithm or a malformed value.
    pub fn parse(header: &str) -> Option<Checksum> {
        let (algorithm, sum) = header.trim().split_once(' ')?;
        let algorithm = match algorithm {
            "sha1" => Algorithm::Sha1(Sha1::new()),
            "sha256" => Algorithm::Sha256(Sha256::new()),
            _ => return None,
        };
        let expected = BASE64_STANDARD.decode(sum.trim()).ok()?;
        Some(Checksum {
            algorithm,
            expected,
        })
    }

    /// Feeds bytes of the body into the checksum.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.algorithm {
            Algorithm::Sha1(sum) => sum.update(bytes),
            Algorithm::Sha256(sum) => sum.update(bytes),
        }
    }

    /// Returns whether the body matches the expected checksum.
    pub(super) fn matches(self) -> bool {
        let actual = match self.algorithm {
            Algorithm::Sha1(sum) => sum.finalize().to_vec(),
            Algorithm::Sha256(sum) => sum.finalize().to_vec(),
        };
        actual == self.expected
    }
}
