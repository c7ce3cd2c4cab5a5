//! The header of a frame: writes ours, reads a client's and refuses what RFC 6455 forbids there.

use bytes::{Buf, BytesMut};

use super::{MAX_CONTROL, Opcode};

/// The client broke the protocol: close with this code. Nothing is decoded after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The close code: 1002 protocol, 1007 not UTF-8, 1009 too big.
    pub code: u16,
    /// What was wrong, fit for the reason of a close frame.
    pub reason: &'static str,
}

/// Appends the header of an unmasked frame whose first byte is `first`.
pub(super) fn write(out: &mut Vec<u8>, first: u8, len: usize) {
    out.push(first);
    match len {
        ..=125 => out.push(len as u8),
        126..=0xFFFF => {
            out.push(126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
}

/// What stands before a payload (section 5.2).
pub(super) struct Header {
    pub opcode: Opcode,
    /// Whether the message ends with this frame.
    pub last: bool,
    /// Whether the message that begins with this frame is compressed (RFC 7692, section 6).
    pub compressed: bool,
    pub len: u64,
    pub key: [u8; 4],
}

impl Header {
    /// Takes a header out of `buf` when all of it is there. `unfinished`: a message has begun
    /// and its last frame has not. `packs`: messages may be compressed. What can be refused sooner is
    /// refused sooner.
    pub fn read(
        buf: &mut BytesMut,
        unfinished: bool,
        packs: bool,
    ) -> Result<Option<Header>, Violation> {
        let &[first, second, ..] = &buf[..] else {
            return Ok(None);
        };
        let opcode = opcode(first)?;
        let compressed = first & 0x40 != 0;
        if compressed && !(packs && matches!(opcode, Opcode::Text | Opcode::Binary)) {
            return Violation::protocol("a reserved bit is set");
        }
        check(opcode, first, second, unfinished)?;
        let short = second & 0x7F;
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if buf.len() < 2 + extended + 4 {
            return Ok(None);
        }
        buf.advance(2);
        let len = if extended > 0 {
            buf.get_uint(extended)
        } else {
            short.into()
        };
        if len >> 63 != 0 {
            return Violation::protocol("the length is impossible");
        }
        let key = buf.get_u32().to_be_bytes();
        Ok(Some(Header {
            opcode,
            last: first & 0x80 != 0,
            compressed,
            len,
            key,
        }))
    }
}

impl Violation {
    /// A refusal with code 1002.
    pub(super) fn protocol<T>(reason: &'static str) -> Result<T, Violation> {
        Err(Violation { code: 1002, reason })
    }
}

fn opcode(first: u8) -> Result<Opcode, Violation> {
    Ok(match first & 0x0F {
        0x0 => Opcode::Continuation,
        0x1 => Opcode::Text,
        0x2 => Opcode::Binary,
        0x8 => Opcode::Close,
        0x9 => Opcode::Ping,
        0xA => Opcode::Pong,
        _ => return Violation::protocol("unknown opcode"),
    })
}

/// Whether the first two bytes may say what they say (sections 5.1, 5.2, 5.4 and 5.5).
fn check(opcode: Opcode, first: u8, second: u8, unfinished: bool) -> Result<(), Violation> {
    let last = first & 0x80 != 0;
    let begins = matches!(opcode, Opcode::Text | Opcode::Binary);
    if first & 0x30 != 0 {
        Violation::protocol("reserved bits are set")
    } else if second & 0x80 == 0 {
        Violation::protocol("the frame is not masked")
    } else if opcode.is_control() && !last {
        Violation::protocol("a control frame is fragmented")
    } else if opcode.is_control() && usize::from(second & 0x7F) > MAX_CONTROL {
        Violation::protocol("a control frame is too long")
    } else if opcode == Opcode::Continuation && !unfinished {
        Violation::protocol("there is no message to continue")
    } else if begins && unfinished {
        Violation::protocol("the message before is not finished")
    } else {
        Ok(())
    }
}
