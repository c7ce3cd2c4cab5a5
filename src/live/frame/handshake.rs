//! Values of the opening handshake: the accept key (RFC 6455) and the agreed compression (RFC 7692).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::{Digest, Sha1};

/// The suffix of a client's key before it is hashed (RFC 6455, section 1.3).
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Sizes of a client's window (RFC 7692, section 7.1.2.2).
const WINDOWS: [&str; 8] = ["8", "9", "10", "11", "12", "13", "14", "15"];

/// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455, section 4.2.2).
pub fn accept_key(key: &str) -> String {
    let hash = Sha1::new().chain_update(key).chain_update(KEY_SUFFIX);
    STANDARD.encode(hash.finalize())
}

/// Value of `Sec-WebSocket-Extensions` in the response: accepts the client's first acceptable offer of compression
/// (RFC 7692, section 5). `None` if there is none.
pub fn negotiate_deflate<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Cow<'static, str>> {
    let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    let mut offers = headers.flat_map(|header| header.split(','));
    Some(match offers.find_map(acceptable)? {
        true => format!("{plain}; server_max_window_bits=15").into(),
        false => plain.into(),
    })
}

/// Whether an acceptable offer names the server's window; `None` if the offer cannot be accepted (RFC 7692, section
/// 7.1). That window must be the largest, since all clients share one compressed message.
fn acceptable(offer: &str) -> Option<bool> {
    let mut parts = offer.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case("permessage-deflate") {
        return None;
    }
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(unquoted(value.trim())?)),
            None => (part, None),
        };
        let is_valid = match name {
            "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
            "server_max_window_bits" => value == Some("15"),
            "client_max_window_bits" => value.is_none_or(|bits| WINDOWS.contains(&bits)),
            _ => false,
        };
        if !is_valid || seen.contains(&name) {
            return None;
        }
        seen.push(name);
    }
    Some(seen.contains(&"server_max_window_bits"))
}

fn unquoted(value: &str) -> Option<&str> {
    match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"'),
        None => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_key_is_that_of_the_rfc() {
        let accept = accept_key("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn the_first_acceptable_offer_is_accepted() {
        let plain = Some("; server_no_context_takeover; client_no_context_takeover");
        let full = plain.map(|plain| format!("{plain}; server_max_window_bits=15"));
        // "%" stands for the name of the extension, and "|" separates headers.
        for (offers, answer) in [
            ("%; client_max_window_bits", plain),
            ("%", plain),
            ("PerMessage-Deflate;client_no_context_takeover", plain),
            ("x-other, %; client_max_window_bits=\"9\"", plain),
            ("x-other; a=1|%; server_max_window_bits=15", full.as_deref()),
            ("%; server_max_window_bits=9, %", plain),
            ("%; server_max_window_bits=9", None),
            ("%; server_max_window_bits", None),
            ("%; client_max_window_bits=16", None),
            ("%; server_no_context_takeover=1", None),
            ("%; client_max_window_bits; client_max_window_bits", None),
            ("%; what", None),
            ("%; ", None),
            ("permessage-bzip2", None),
            ("", None),
        ] {
            let headers = offers.replace('%', "permessage-deflate");
            let agreed = negotiate_deflate(headers.split('|'));
            let answer = answer.map(|answer| format!("permessage-deflate{answer}"));
            assert_eq!(agreed.as_deref(), answer.as_deref(), "{offers}");
        }
    }
}
