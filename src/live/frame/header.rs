//! Headers of frames: writes those of the server, reads those of clients and refuses invalid ones (RFC 6455).

use bytes::{Buf, BytesMut};

/// Largest payload of a control frame (bytes; section 5.5).
pub(super) const MAX_CONTROL: usize = 125;

/// Kind of a frame (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// Further part of a message.
    Continuation = 0x0,
    /// Text message, or its first part.
    Text = 0x1,
    /// Binary message, or its first part.
    Binary = 0x2,
    /// Last frame of a side.
    Close = 0x8,
    /// Request for a pong with the same payload.
    Ping = 0x9,
    /// Answer to a ping.
    Pong = 0xA,
}

/// Violation of the protocol by the client, after which nothing is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Close code: 1002 protocol, 1007 not UTF-8, 1009 too big.
    pub code: u16,
    /// Reason for a close frame.
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

/// Header of a client's frame (section 5.2).
#[derive(Debug)]
pub(super) struct FrameHeader {
    pub opcode: Opcode,
    /// Whether the message ends with this frame.
    pub last: bool,
    /// Whether the message that starts with this frame is compressed (RFC 7692, section 6).
    pub compressed: bool,
    pub len: u64,
    pub key: [u8; 4],
}

impl FrameHeader {
    /// Takes a header out of `buf`; `None` until all of it has arrived. `in_message` means that the last frame of a
    /// message is still to come, `allow_compressed` that messages can be compressed. A header is refused as early as
    /// its bytes allow.
    pub fn read(
        buf: &mut BytesMut,
        in_message: bool,
        allow_compressed: bool,
    ) -> Result<Option<FrameHeader>, Violation> {
        let &[first, second, ..] = &buf[..] else {
            return Ok(None);
        };
        let opcode = Opcode::read(first)?;
        let compressed = first & 0x40 != 0;
        if compressed && !(allow_compressed && opcode.starts_message()) {
            return Violation::protocol("a reserved bit is set");
        }
        check(opcode, first, second, in_message)?;
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
        let len = match extended {
            0 => short.into(),
            bytes => buf.get_uint(bytes),
        };
        if len >> 63 != 0 {
            return Violation::protocol("the length is impossible");
        }
        let key = buf.get_u32().to_be_bytes();
        Ok(Some(FrameHeader {
            opcode,
            last: first & 0x80 != 0,
            compressed,
            len,
            key,
        }))
    }
}

impl Violation {
    /// Error with code 1002.
    pub(super) fn protocol<T>(reason: &'static str) -> Result<T, Violation> {
        Err(Violation { code: 1002, reason })
    }
}

impl Opcode {
    fn read(first: u8) -> Result<Opcode, Violation> {
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

    pub(super) fn is_control(self) -> bool {
        matches!(self, Opcode::Close | Opcode::Ping | Opcode::Pong)
    }

    pub(super) fn starts_message(self) -> bool {
        matches!(self, Opcode::Text | Opcode::Binary)
    }
}

/// Checks the first two bytes (sections 5.1, 5.2, 5.4 and 5.5).
fn check(opcode: Opcode, first: u8, second: u8, in_message: bool) -> Result<(), Violation> {
    let last = first & 0x80 != 0;
    if first & 0x30 != 0 {
        Violation::protocol("reserved bits are set")
    } else if second & 0x80 == 0 {
        Violation::protocol("the frame is not masked")
    } else if opcode.is_control() && !last {
        Violation::protocol("a control frame is fragmented")
    } else if opcode.is_control() && usize::from(second & 0x7F) > MAX_CONTROL {
        Violation::protocol("a control frame is too long")
    } else if opcode == Opcode::Continuation && !in_message {
        Violation::protocol("there is no message to continue")
    } else if opcode.starts_message() && in_message {
        Violation::protocol("the message before is not finished")
    } else {
        Ok(())
    }
}
