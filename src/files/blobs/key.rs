//! Names of contents.

use crate::accounts::AVATAR_SIDES;

/// Number of hexadecimal digits of a SHA-256.
const HASH_LENGTH: usize = 64;

/// Name of a stored content: the hash of a file, or a reduced copy of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobKey(String);

impl BlobKey {
    /// The content with a hash (64 hexadecimal digits).
    pub fn of(hash: &str) -> BlobKey {
        BlobKey(hash.to_owned())
    }

    /// A reduced copy of the picture with a hash.
    pub fn copy(hash: &str, copy: &str) -> BlobKey {
        BlobKey(format!("{hash}-{copy}"))
    }

    /// A copy of the square with a hash, which is that of the largest copy.
    pub fn square(hash: &str, side: u32) -> BlobKey {
        match side == AVATAR_SIDES[0] {
            true => BlobKey::of(hash),
            false => BlobKey::copy(hash, &side.to_string()),
        }
    }

    /// The key with a name. `None` for a name that no content has, such as that of a file of another program.
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

    /// Whether it is a reduced copy.
    pub fn is_copy(&self) -> bool {
        self.0.contains('-')
    }

    /// Name, which differs for different contents.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Hash of the file that it belongs to.
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
