//! Passwords: rules for valid ones, and hashing with bcrypt. `hash`, `verify` and `verify_unknown` take about
//! 300 ms of CPU at cost 12: call them on a blocking thread.

use std::fmt;

pub use bcrypt::BcryptError as HashError;
use unicode_normalization::UnicodeNormalization;

/// Minimum length of a password (bytes).
const MIN_BYTES: usize = 8;
/// Maximum length (bytes): bcrypt reads 72, the last of which is the terminator.
const MAX_BYTES: usize = 71;
/// Salt and digest of a random password that is stored nowhere, to spend the same time on unknown names.
const UNKNOWN: &str = "zhzRRxvcsrpBLhJXopx3PO1FdaK44YoEeKs8WNEGOYxWtA7n2J6/u";

/// Valid new password: 8 to 71 bytes without NUL, in Unicode's composed form (NFC), because keyboards differ in how
/// they type an accent. Its `Debug` does not show it.
pub struct Password(String);

impl Password {
    /// Parses a password as typed. The error is a sentence for the user.
    pub fn parse(text: &str) -> Result<Password, &'static str> {
        let text: String = text.nfc().collect();
        if text.len() < MIN_BYTES {
            Err("Your password must be at least 8 characters.")
        } else if text.len() > MAX_BYTES {
            Err(
                "Your password is too long. Use at most 71 characters (fewer with accents or emoji).",
            )
        } else if text.contains('\0') {
            Err("Your password contains an unsupported character.")
        } else {
            Ok(Password(text))
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Hashes a password with a fresh salt and bcrypt's work factor `cost`. Fails only without system randomness.
pub fn hash(password: &Password, cost: u32) -> Result<String, HashError> {
    bcrypt::non_truncating_hash(&password.0, cost)
}

/// Whether `text` is the password of `hash`, in its composed form or as it was typed: the oldest passwords were hashed
/// as they were typed. A text takes the same time with every hash that it does not match. A text that cannot be set as
/// a password never matches.
pub fn verify(text: &str, hash: &str) -> bool {
    let composed: String = text.nfc().collect();
    matches(&composed, hash) || (composed != text && matches(text, hash))
}

fn matches(text: &str, hash: &str) -> bool {
    let same = bcrypt::verify(text, hash).unwrap_or(false);
    same && text.len() <= MAX_BYTES && !text.contains('\0')
}

/// Spends the time of [`verify`] for a name that does not exist.
pub fn verify_unknown(text: &str, cost: u32) {
    verify(text, &unknown(cost));
}

fn unknown(cost: u32) -> String {
    format!("$2b${cost:02}${UNKNOWN}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_to_seventy_one_bytes_make_a_password() {
        for text in ["12345678", &"x".repeat(71), "éééé", "        ", "пароль 😀"] {
            assert!(Password::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "1234567",
            "ééé",
            &"x".repeat(72),
            &"é".repeat(36),
            "1234\x005678",
        ] {
            let sentence = Password::parse(text).expect_err("it is refused");
            assert!(sentence.ends_with('.'), "{sentence}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let password = Password::parse("correct horse").expect("long enough");
        assert!(!format!("{password:?}{password:#?}").contains("horse"));
    }

    #[test]
    fn a_hash_knows_its_password_and_no_other() {
        let password = Password::parse("correct horse").expect("long enough");
        let made = hash(&password, 12).expect("there is randomness");
        assert!(made.starts_with("$2b$12$"));
        assert!(verify("correct horse", &made));
        assert!(!verify("correct hors", &made));
    }

    #[test]
    fn accents_match_however_they_are_typed() {
        let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
        for set in [composed, decomposed] {
            let password = Password::parse(set).expect("long enough");
            let made = hash(&password, 4).expect("there is randomness");
            assert!(verify(composed, &made) && verify(decomposed, &made));
            assert!(!verify("cafe au lait", &made));
        }
        let old = bcrypt::hash(decomposed, 4).expect("there is randomness");
        assert!(
            verify(decomposed, &old),
            "hashed before texts were composed"
        );
    }

    #[test]
    fn a_text_that_cannot_be_set_never_matches() {
        // bcrypt repeats a password with its NUL, and cuts it at 72 bytes.
        let quick = |text: &str| bcrypt::hash(text, 4).expect("there is randomness");
        let (short, long) = (quick("short"), quick(&"x".repeat(72)));
        let bcrypt_alone = |text: &str, hash| bcrypt::verify(text, hash).expect("a valid hash");
        assert!(bcrypt_alone("short\0short", &short) && bcrypt_alone(&"x".repeat(73), &long));
        assert!(verify("short", &short) && !verify("short\0short", &short));
        assert!(!verify(&"x".repeat(72), &long) && !verify(&"x".repeat(73), &long));
        assert!(!verify("short", "no hash") && !verify("short", ""));
    }

    #[test]
    fn an_unknown_name_costs_what_a_known_one_costs() {
        for cost in [4, 12] {
            let parts: bcrypt::HashParts = unknown(cost).parse().expect("a valid hash");
            assert_eq!(parts.get_cost(), cost);
        }
    }
}
