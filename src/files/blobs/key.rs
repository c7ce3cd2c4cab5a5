//! Keys of stored blobs.

use crate::accounts::AVATAR_SIDES;

/// Length of a SHA-256 hash in hexadecimal digits.
const HASH_LENGTH: usize = 64;

/// Key of a stored blob: the hash of a file, or the hash and the name of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobKey(String);

impl BlobKey {
    /// Creates the key of a file from its hash (64 hexadecimal digits).
    pub fn of(hash: &str) -> BlobKey {
        BlobKey(hash.to_owned())
    }

    /// Creates the key of a copy of the picture with this hash.
    pub fn copy(hash: &str, copy: &str) -> BlobKey {
        BlobKey(format!("{hash}-{copy}"))
    }

    /// Creates the key of a square picture of one size. `hash` is that of the largest size.
    pub fn square(hash: &str, side: u32) -> BlobKey {
        match side == AVATAR_SIDES[0] {
            true => BlobKey::of(hash),
            false => BlobKey::copy(hash, &side.to_string()),
        }
    }

    /// Parses the name of a stored blob. Returns `None` for other names, such as those of unrelated files.
    pub fn parse(name: &str) -> Option<BlobKey> {
        let (hash, copy) = name.split_once('-').unwrap_or((name, "original"));
        let is_hash = hash.len() == HASH_LENGTH
            && hash
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_copy = !copy.is_empty()
            && copy
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        (is_hash && is_copy).then(|| BlobKey(name.to_owned()))
    }

    /// Returns whether this is the key of a copy.
    pub fn is_copy(&self) -> bool {
        self.0.contains('-')
    }

    /// Returns the unique name of the blob in the store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the hash of the original file.
    pub fn hash(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_contents_are_keys() {
        let hash = "0a".repeat(32);
        let copy = format!("{hash}-small");
        for name in [&hash, &copy] {
            let key = BlobKey::parse(name).expect("a key");
            assert_eq!((key.as_str(), key.hash()), (name.as_str(), hash.as_str()));
            assert_eq!(key.is_copy(), name != &hash);
        }
        let upper = "0A".repeat(32);
        for name in [
            "",
            "chatterbox",
            &hash[1..],
            &upper,
            &format!("{hash}-"),
            &format!("{hash}-a/b"),
        ] {
            assert_eq!(BlobKey::parse(name), None, "{name}");
        }
    }
}
