//! Encodes the frames that the server sends (RFC 6455, section 5).

use bytes::Bytes;

use super::header::{self, MAX_CONTROL, Opcode};

/// Largest header of an unmasked frame (bytes; section 5.2).
const MAX_HEADER: usize = 10;

/// Appends one final, unmasked frame. The payload of a control frame has at most 125 bytes.
pub fn encode(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    let fits = !opcode.is_control() || payload.len() <= MAX_CONTROL;
    debug_assert!(fits, "a control frame is short");
    out.reserve(MAX_HEADER + payload.len());
    header::write(out, 0x80 | opcode as u8, payload.len());
    out.extend_from_slice(payload);
}

/// Encodes a text message as one frame. Clones of the result share its bytes.
pub fn text_message(payload: &str) -> Bytes {
    frame(Opcode::Text, payload.as_bytes()).into()
}

/// Close frame. A reason longer than 123 bytes is cut between two characters.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    let mut ends = (0..=reason.len().min(MAX_CONTROL - 2)).rev();
    let end = ends.find(|&at| reason.is_char_boundary(at));
    let reason = &reason.as_bytes()[..end.unwrap_or(0)];
    frame(Opcode::Close, &[&code.to_be_bytes(), reason].concat())
}

/// One final, unmasked frame.
pub fn frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out, opcode, payload);
    out
}
