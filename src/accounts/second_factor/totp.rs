//! One-time passwords by time (RFC 6238) with the parameters that all apps know: HMAC-SHA1, 30 seconds, six digits.

use ring::hmac;

/// Length of a secret (bytes): the length of the hash, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;
/// Time for which a code is shown (ms).
const STEP: i64 = 30_000;
/// Steps before and after the current one whose codes are accepted, for clocks that differ and slow typing.
const WINDOW: i64 = 1;
/// Number of different codes.
const CODES: u32 = 1_000_000;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Returns the step of a code at a time (ms UTC) if it is later than `last`, the step of the code used last.
pub fn accepted_step(secret: &[u8], code: &str, (now, last): (i64, i64)) -> Option<i64> {
    let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let current = now / STEP;
    let mut steps = current - WINDOW..=current + WINDOW;
    steps.find(|step| *step > last && code_at(secret, *step) == typed)
}

/// Code of a step.
fn code_at(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let at = usize::from(hash[hash.len() - 1] & 15);
    let number = hash[at..at + 4]
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % CODES)
}

/// Text of a secret in base 32 (RFC 4648) without padding.
pub fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| {
        let byte = bytes.get(at / 8).copied().unwrap_or_default();
        usize::from(byte >> (7 - at % 8) & 1)
    };
    let letter = |at: usize| (at..at + 5).fold(0, |value, at| value << 1 | bit(at));
    let letters = (0..bytes.len() * 8).step_by(5).map(letter);
    letters.map(|value| char::from(BASE32[value])).collect()
}

/// Address that an app reads from a QR code (the “Key Uri Format” of Google Authenticator).
pub fn app_address(secret: &[u8], username: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(username.as_bytes()).collect();
    let secret = base32(secret);
    format!("otpauth://totp/Chatterbox:{name}?secret={secret}&issuer=Chatterbox")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Appendix B of RFC 6238, of which these are the last six digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(SECRET, seconds / 30), code);
        }
    }

    #[test]
    fn a_code_is_accepted_one_step_early_or_late_and_never_twice() {
        let (now, code) = (2_000_000_000_000, "279037");
        let step = now / STEP;
        for (late, accepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = accepted_step(SECRET, code, (now + late * STEP, 0));
            assert_eq!(found, accepted.then_some(step), "{late}");
        }
        assert_eq!(
            accepted_step(SECRET, "279 037", (now, step - 1)),
            Some(step)
        );
        assert_eq!(accepted_step(SECRET, code, (now, step)), None);
        assert_eq!(accepted_step(SECRET, code, (now + 300_000, 0)), None);
        assert_eq!(accepted_step(SECRET, "", (now, 0)), None);
    }

    #[test]
    fn secrets_are_base_32() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "MY"),
            (b"foob", "MZXW6YQ"),
            (b"fooba", "MZXW6YTB"),
            (b"foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes), text);
        }
    }
}
