//! Compressed messages (permessage-deflate, RFC 7692) without context takeover: each message is compressed on its own,
//! once for all connections, and an idle connection holds no state.

use std::cell::RefCell;

use bytes::Bytes;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::header::{self, Opcode, Violation};

/// End of a flush, which is left out of a message (section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
/// Shortest payload that is compressed (bytes); shorter ones hardly shrink.
const MIN_COMPRESSED: usize = 128;
/// Maximum number of streams in one message; each costs a reset of the whole window.
const MAX_STREAMS: usize = 8;
/// Lowest level. Measured on message HTML, the next ones save 3 % of the bytes for twice the time.
const LEVEL: u32 = 1;

// One for each thread: a compressor's tables take a few hundred kilobytes.
thread_local! {
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
    static DECOMPRESS: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Encodes a text message as one compressed frame. Returns `None` if that would not be smaller.
pub fn compressed_text(text: &[u8]) -> Option<Bytes> {
    if text.len() < MIN_COMPRESSED {
        return None;
    }
    let mut out = Vec::new();
    encode_compressed(&mut out, Opcode::Text, text);
    (out.len() < text.len()).then(|| out.into())
}

/// Appends one compressed message, even if that makes it longer.
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

/// Decompresses a message to at most `max` bytes.
pub(super) fn inflate(compressed: &[u8], max: usize) -> Result<Vec<u8>, Violation> {
    let compressed = [compressed, &TAIL].concat();
    DECOMPRESS.with_borrow_mut(|decompress| {
        decompress.reset(false);
        let (mut out, mut used, mut streams) = (Vec::new(), 0, 1);
        loop {
            let room = (compressed.len() * 3).min(max + 1 - out.len()).max(1);
            out.reserve_exact(room);
            let before = (decompress.total_in(), out.len());
            let status = decompress
                .decompress_vec(&compressed[used..], &mut out, FlushDecompress::Sync)
                .map_err(|_| BROKEN)?;
            used += (decompress.total_in() - before.0) as usize;
            if out.len() > max {
                return Err(TOO_BIG);
            }
            let needs_input = used == compressed.len() && out.len() < out.capacity();
            match status {
                // A sender can end its stream and start another one (section 7.2.3.5).
                Status::StreamEnd if streams > MAX_STREAMS => return Err(BROKEN),
                Status::StreamEnd if used + TAIL.len() < compressed.len() => {
                    streams += 1;
                    decompress.reset(false);
                }
                Status::StreamEnd => return Ok(out),
                _ if needs_input => return Ok(out),
                _ if before == (decompress.total_in(), out.len()) => return Err(BROKEN),
                _ => {}
            }
        }
    })
}

pub(super) const TOO_BIG: Violation = Violation {
    code: 1009,
    reason: "the message is too big",
};
const BROKEN: Violation = Violation {
    code: 1007,
    reason: "the compressed data is broken",
};

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
    fn a_compressed_message_can_be_decompressed() {
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
    fn a_message_that_does_not_shrink_is_not_compressed() {
        let hashes = (0..100_u8).map(|n| Sha256::digest([n]));
        let noise: Vec<u8> = hashes.flat_map(|hash| hash.to_vec()).collect();
        assert!(compressed_text(b"short").is_none());
        assert!(compressed_text(&noise).is_none());
    }

    #[test]
    fn a_small_message_cannot_become_larger_than_the_limit() {
        let bomb = compressed_text(&vec![b'x'; 16 << 20]).expect("it shrinks");
        assert!(bomb.len() < 128 << 10);
        assert_eq!(inflate(body(&bomb), 64 << 10), Err(TOO_BIG));
        assert_eq!(inflate(body(&bomb), (16 << 20) - 1), Err(TOO_BIG));
        let whole = inflate(body(&bomb), 16 << 20);
        assert_eq!(whole.map(|all| all.len()), Ok(16 << 20));
    }

    #[test]
    fn the_examples_of_the_rfc_are_decompressed() {
        let hello = Ok(b"Hello".to_vec());
        for (what, bytes) in [
            ("one block", &b"\xF2\x48\xCD\xC9\xC9\x07\x00"[..]),
            ("no compression", b"\x00\x05\x00\xFA\xFFHello\x00"),
            ("a final block", b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00"),
            (
                "two blocks",
                b"\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00",
            ),
        ] {
            assert_eq!(inflate(bytes, 5), hello, "{what}");
            assert_eq!(inflate(bytes, 4), Err(TOO_BIG), "{what}");
        }
        assert_eq!(inflate(&[0x00], 5), Ok(Vec::new()), "an empty message");
        assert_eq!(inflate(&[0xFF, 0xFF, 0xFF], 5), Err(BROKEN));
    }
}
