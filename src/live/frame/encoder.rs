//! Encodes the frames that the server sends (RFC 6455, section 5).

use bytes::Bytes;

use super::{
    header,
    opcode::{MAX_CONTROL, Opcode},
};

/// The largest header of an unmasked frame (bytes; section 5.2).
const MAX_HEADER: usize = 10;

/// Appends one final, unmasked frame. The payload of a control frame has at most 125 bytes.
pub fn encode(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    debug_assert!(
        !opcode.is_control() || payload.len() <= MAX_CONTROL,
        "a control frame is short"
    );
    out.reserve(MAX_HEADER + payload.len());
    header::write(out, 0x80 | opcode as u8, payload.len());
    out.extend_from_slice(payload);
}

/// One whole text message, as bytes that any number of connections can share.
pub fn text_message(payload: &str) -> Bytes {
    let mut out = Vec::new();
    encode(&mut out, Opcode::Text, payload.as_bytes());
    Bytes::from(out)
}

/// A close frame. A reason longer than 123 bytes is cut between two characters.
pub fn close(code: u16, reason: &str) -> Bytes {
    let max_reason = MAX_CONTROL - 2;
    let cut = (0..=max_reason.min(reason.len()))
        .rev()
        .find(|&at| reason.is_char_boundary(at));
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..cut.unwrap_or(0)]);
    let mut out = Vec::new();
    encode(&mut out, Opcode::Close, &payload);
    Bytes::from(out)
}
