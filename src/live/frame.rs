//! WebSocket frames (RFC 6455): encodes what the server says; `decoder` reads what clients send.

mod decoder;
mod deflate;
mod header;
#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use sha1::{Digest, Sha1};

pub use decoder::{Decoder, Event};
pub use deflate::{compressed_text, encode_compressed, negotiate_deflate};
pub use header::Violation;

/// What RFC 6455, section 1.3, appends to a client's key before hashing it.
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The largest payload of a control frame (section 5.5).
const MAX_CONTROL: usize = 125;
/// The largest header of an unmasked frame (section 5.2).
const MAX_HEADER: usize = 10;

/// The kind of a frame (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// A further part of a message that was begun before.
    Continuation = 0x0,
    /// A text message, or its first part.
    Text = 0x1,
    /// A binary message, or its first part.
    Binary = 0x2,
    /// The last frame of a side.
    Close = 0x8,
    /// Asks for a pong with the same payload.
    Ping = 0x9,
    /// Answers a ping.
    Pong = 0xA,
}

impl Opcode {
    fn is_control(self) -> bool {
        matches!(self, Opcode::Close | Opcode::Ping | Opcode::Pong)
    }
}

/// Appends one final, unmasked frame. The payload of a control frame is at most 125 bytes.
pub fn encode(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    debug_assert!(
        (opcode as u8) < 8 || payload.len() <= MAX_CONTROL,
        "a control frame is short"
    );
    out.reserve(MAX_HEADER + payload.len());
    header::write(out, 0x80 | opcode as u8, payload.len());
    out.extend_from_slice(payload);
}

/// One whole text message, as bytes that any number of sockets can share.
pub fn text_message(payload: &str) -> Bytes {
    let mut out = Vec::new();
    encode(&mut out, Opcode::Text, payload.as_bytes());
    Bytes::from(out)
}

/// A close frame. A reason longer than 123 bytes is cut between two characters.
pub fn close(code: u16, reason: &str) -> Bytes {
    let room = MAX_CONTROL - 2;
    let cut = (0..=room.min(reason.len()))
        .rev()
        .find(|&at| reason.is_char_boundary(at));
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..cut.unwrap_or(0)]);
    let mut out = Vec::new();
    encode(&mut out, Opcode::Close, &payload);
    Bytes::from(out)
}

/// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key` (section 4.2.2).
pub fn accept_key(key: &str) -> String {
    STANDARD.encode(
        Sha1::new()
            .chain_update(key)
            .chain_update(KEY_SUFFIX)
            .finalize(),
    )
}
