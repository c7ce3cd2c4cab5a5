//! Passwords: what may be one, and how it is hashed (bcrypt).
//!
//! `hash`, `verify` and `verify_nobody` take about 300 ms of CPU at cost 12: call them on a blocking
//! thread.

use std::fmt;

pub use bcrypt::BcryptError as HashError;

/// The fewest bytes of a password.
const MIN_BYTES: usize = 8;
/// bcrypt reads 72 bytes, the last of which is the terminator.
const MAX_BYTES: usize = 71;
/// Salt and digest of a random password that is stored nowhere, to spend the same time on unknown names.
const NOBODY: &str = "zhzRRxvcsrpBLhJXopx3PO1FdaK44YoEeKs8WNEGOYxWtA7n2J6/u";

/// A password that may be set: 8 to 71 bytes without NUL. Its `Debug` does not show it.
pub struct Password(String);

impl Password {
    /// Takes a password as it was typed; the error is a sentence for the person.
    pub fn parse(text: &str) -> Result<Password, &'static str> {
        if text.len() < MIN_BYTES {
            Err("Your password must be at least 8 characters.")
        } else if text.len() > MAX_BYTES {
            Err(
                "Your password is too long. Use at most 71 characters (fewer with accents or emoji).",
            )
        } else if text.contains('\0') {
            Err("Your password contains an unsupported character.")
        } else {
            Ok(Password(text.to_owned()))
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Hashes a password with a fresh salt and bcrypt's work factor `cost`. Fails only when the system has
/// no randomness.
pub fn hash(password: &Password, cost: u32) -> Result<String, HashError> {
    bcrypt::non_truncating_hash(&password.0, cost)
}

/// Whether `text` is the password behind `hash`. Any text costs the same time; one that could
/// never have been set is never right.
pub fn verify(text: &str, hash: &str) -> bool {
    let same = bcrypt::verify(text, hash).unwrap_or(false);
    same && text.len() <= MAX_BYTES && !text.contains('\0')
}

/// Spends the time of [`verify`] for a name that does not exist.
pub fn verify_nobody(text: &str, cost: u32) {
    verify(text, &nobody(cost));
}

fn nobody(cost: u32) -> String {
    format!("$2b${cost:02}${NOBODY}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(), &'static str> {
        Password::parse(text).map(|_| ())
    }

    #[test]
    fn eight_to_seventy_one_bytes_make_a_password() {
        for text in ["12345678", &"x".repeat(71), "éééé", "        ", "пароль 😀"] {
            assert_eq!(parse(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "1234567",
            "ééé",
            &"x".repeat(72),
            &"é".repeat(36),
            "1234\x005678",
        ] {
            let sentence = parse(text).expect_err("it is refused");
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
    fn what_cannot_be_set_is_never_right() {
        // bcrypt repeats a password with its NUL, and cuts it at 72 bytes.
        let quick = |text: &str| bcrypt::hash(text, 4).expect("there is randomness");
        let (short, long) = (quick("short"), quick(&"x".repeat(72)));
        assert!(
            bcrypt::verify("short\0short", &short).expect("a valid hash"),
            "bcrypt alone"
        );
        assert!(verify("short", &short) && !verify("short\0short", &short));
        assert!(
            bcrypt::verify("x".repeat(73), &long).expect("a valid hash"),
            "bcrypt alone"
        );
        assert!(!verify(&"x".repeat(72), &long) && !verify(&"x".repeat(73), &long));
        assert!(!verify("short", "no hash") && !verify("short", ""));
    }

    #[test]
    fn nobody_costs_what_everybody_costs() {
        for cost in [4, 12] {
            let parts: bcrypt::HashParts = nobody(cost).parse().expect("a valid hash");
            assert_eq!(parts.get_cost(), cost);
        }
    }
}
