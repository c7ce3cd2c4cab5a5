//! Compressed messages (permessage-deflate, RFC 7692) without context takeover: each message stands
//! alone, so that it is compressed once for everyone, and an idle connection holds no state.

use std::{borrow::Cow, cell::RefCell};

use bytes::Bytes;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{Opcode, Violation, header};

/// What a flush ends with; it is left out of a message (section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
/// A shorter payload (bytes) hardly shrinks.
const WORTH: usize = 128;
/// Streams in one message at most; each costs a reset of the whole window.
const STREAMS: usize = 8;
/// Low: measured on message HTML, the next levels save 3 % of the bytes for twice the time.
const LEVEL: u32 = 1;

// The compressor's tables take a few hundred kilobytes: one for each thread that delivers.
thread_local! {
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
    static DECOMPRESS: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// One whole compressed text message; none if it would not be smaller.
pub fn compressed_text(text: &[u8]) -> Option<Bytes> {
    if text.len() < WORTH {
        return None;
    }
    let mut out = Vec::new();
    encode_compressed(&mut out, Opcode::Text, text);
    (out.len() < text.len()).then(|| out.into())
}

/// Appends one compressed message, also if that makes it longer.
pub fn encode_compressed(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    let compressed = COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        let mut compressed = Vec::with_capacity(payload.len() + payload.len() / 1000 + 64);
        while compress.total_in() < payload.len() as u64
            || compressed.len() == compressed.capacity()
            || !compressed.ends_with(&TAIL)
        {
            let rest = &payload[compress.total_in() as usize..];
            compressed.reserve(64);
            let _ = compress.compress_vec(rest, &mut compressed, FlushCompress::Sync);
        }
        compressed
    });
    let body = &compressed[..compressed.len() - TAIL.len()];
    header::write(out, 0xC0 | opcode as u8, body.len());
    out.extend_from_slice(body);
}

/// The bytes of a compressed message, never more than `most`.
pub(super) fn inflate(compressed: &[u8], most: usize) -> Result<Vec<u8>, Violation> {
    let compressed = [compressed, &TAIL].concat();
    DECOMPRESS.with_borrow_mut(|decompress| {
        decompress.reset(false);
        let (mut out, mut used, mut streams) = (Vec::new(), 0, 1);
        loop {
            let room = (compressed.len() * 3).min(most + 1 - out.len()).max(1);
            out.reserve_exact(room);
            let before = (decompress.total_in(), out.len());
            let status = decompress
                .decompress_vec(&compressed[used..], &mut out, FlushDecompress::Sync)
                .map_err(|_| BROKEN)?;
            used += (decompress.total_in() - before.0) as usize;
            if out.len() > most {
                return Err(TOO_BIG);
            }
            let stuck = used == compressed.len() && out.len() < out.capacity();
            match status {
                // A sender may end its stream, and begin another one (section 7.2.3.5).
                Status::StreamEnd if streams > STREAMS => return Err(BROKEN),
                Status::StreamEnd if used + TAIL.len() < compressed.len() => {
                    streams += 1;
                    decompress.reset(false);
                }
                Status::StreamEnd => return Ok(out),
                _ if stuck => return Ok(out),
                _ if before == (decompress.total_in(), out.len()) => return Err(BROKEN),
                _ => {}
            }
        }
    })
}

const TOO_BIG: Violation = Violation {
    code: 1009,
    reason: "the message is too big",
};
const BROKEN: Violation = Violation {
    code: 1007,
    reason: "the compressed data is broken",
};

/// What answers the `Sec-WebSocket-Extensions` of a client; none if no offer can be taken. The first
/// that can be is (section 5).
pub fn negotiate_deflate<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Cow<'static, str>> {
    let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    headers
        .flat_map(|header| header.split(','))
        .find_map(|offer| {
            let full_window = acceptable(offer)?;
            Some(match full_window {
                true => format!("{plain}; server_max_window_bits=15").into(),
                false => plain.into(),
            })
        })
}

/// Whether the offer names the window of our side, which then has to be the largest: one compressed
/// message serves all. None if it cannot be taken (section 7.1).
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
        let fine = match name {
            "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
            "server_max_window_bits" => value == Some("15"),
            "client_max_window_bits" => value.is_none_or(is_window),
            _ => false,
        };
        if !fine || seen.contains(&name) {
            return None;
        }
        seen.push(name);
    }
    Some(seen.contains(&"server_max_window_bits"))
}

fn is_window(value: &str) -> bool {
    matches!(value, "8" | "9" | "10" | "11" | "12" | "13" | "14" | "15")
}

fn unquoted(value: &str) -> Option<&str> {
    match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"'),
        None => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn body(frame: &[u8]) -> &[u8] {
        match frame[1] {
            126 => &frame[4..],
            127 => &frame[10..],
            _ => &frame[2..],
        }
    }

    #[test]
    fn what_was_packed_can_be_inflated() {
        for text in [
            "<p class=\"a\">again and again</p>".repeat(9),
            "ab".repeat(90_000),
        ] {
            let frame = compressed_text(text.as_bytes()).expect("it shrinks");
            assert_eq!(frame[0], 0xC1, "final, RSV1, text");
            assert!(frame.len() < text.len() / 2);
            assert_eq!(inflate(body(&frame), text.len()), Ok(text.into_bytes()));
        }
    }

    #[test]
    fn what_does_not_shrink_is_not_packed() {
        let hashes = (0..100_u8).map(|n| Sha256::digest([n]));
        let noise: Vec<u8> = hashes.flat_map(|hash| hash.to_vec()).collect();
        assert!(compressed_text(b"short").is_none());
        assert!(compressed_text(&noise).is_none());
    }

    #[test]
    fn a_small_message_cannot_become_a_large_one() {
        let bomb = compressed_text(&vec![b'x'; 16 << 20]).expect("it shrinks");
        assert!(bomb.len() < 128 << 10);
        assert_eq!(inflate(body(&bomb), 64 << 10), Err(TOO_BIG));
        assert_eq!(inflate(body(&bomb), (16 << 20) - 1), Err(TOO_BIG));
        assert_eq!(
            inflate(body(&bomb), 16 << 20).map(|all| all.len()),
            Ok(16 << 20)
        );
    }

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let hello = Ok(b"Hello".to_vec());
        for (what, bytes) in [
            ("one block", &[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00][..]),
            (
                "no compression",
                &[
                    0x00, 0x05, 0x00, 0xFA, 0xFF, b'H', b'e', b'l', b'l', b'o', 0x00,
                ],
            ),
            (
                "a final block",
                &[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
            ),
            (
                "two blocks",
                &[
                    0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00,
                ],
            ),
        ] {
            assert_eq!(inflate(bytes, 5), hello, "{what}");
            assert_eq!(inflate(bytes, 4), Err(TOO_BIG), "{what}");
        }
        assert_eq!(inflate(&[0x00], 5), Ok(Vec::new()), "an empty message");
        assert_eq!(inflate(&[0xFF, 0xFF, 0xFF], 5), Err(BROKEN));
    }

    #[test]
    fn the_first_offer_that_can_be_taken_is_answered() {
        let plain =
            Some("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
        let full = Some(
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             server_max_window_bits=15",
        );
        for (offers, answer) in [
            (&["permessage-deflate; client_max_window_bits"][..], plain),
            (&["permessage-deflate"], plain),
            (&["PerMessage-Deflate;client_no_context_takeover"], plain),
            (
                &["x-other, permessage-deflate; client_max_window_bits=\"9\""],
                plain,
            ),
            (
                &[
                    "x-other; a=1",
                    "permessage-deflate; server_max_window_bits=15",
                ],
                full,
            ),
            (
                &["permessage-deflate; server_max_window_bits=9, permessage-deflate"],
                plain,
            ),
            (&["permessage-deflate; server_max_window_bits=9"], None),
            (&["permessage-deflate; server_max_window_bits"], None),
            (&["permessage-deflate; client_max_window_bits=16"], None),
            (&["permessage-deflate; server_no_context_takeover=1"], None),
            (
                &["permessage-deflate; client_max_window_bits; client_max_window_bits"],
                None,
            ),
            (&["permessage-deflate; what"], None),
            (&["permessage-deflate; "], None),
            (&["permessage-bzip2"], None),
            (&[""], None),
        ] {
            let agreed = negotiate_deflate(offers.iter().copied());
            assert_eq!(agreed.as_deref(), answer, "{offers:?}");
        }
    }
}
