//! Decodes a client's frames as their bytes arrive.
//!
//! Payload bytes are unmasked and moved into the message as they arrive: nothing is parsed twice, and memory grows with
//! the received bytes, never with the length that a peer announces. Between two messages a decoder holds no allocation.

use bytes::{Buf, BytesMut};

use super::{
    deflate,
    header::{FrameHeader, MAX_CONTROL, Opcode, Violation},
    rate::FrameRate,
};

/// Control frame or whole message of the client.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameEvent {
    /// Text message, put together from all of its frames.
    Text(String),
    /// Binary message, put together from all of its frames.
    Binary(Vec<u8>),
    /// Ping of at most 125 bytes, to be answered with a pong of the same payload.
    Ping(Vec<u8>),
    /// Pong, requested or not.
    Pong(Vec<u8>),
    /// Close frame, with a code and a reason or without. Nothing is decoded after it.
    Close(Option<(u16, String)>),
}

/// Takes events out of a buffer that the caller fills with received bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    max_message: usize,
    allow_compressed: bool,
    rate: FrameRate,
    frame: Option<PartialFrame>,
    message: Option<PartialMessage>,
    ended: bool,
}

/// Frame whose payload has not arrived completely.
#[derive(Debug)]
struct PartialFrame {
    /// Its masking key is rotated so that the first byte is for the next payload byte.
    header: FrameHeader,
    left: usize,
}

/// Message of which at least one frame has started.
#[derive(Debug, Default)]
struct PartialMessage {
    is_text: bool,
    compressed: bool,
    bytes: Vec<u8>,
    /// Number of leading bytes that are known to be valid UTF-8.
    valid_up_to: usize,
}

impl Decoder {
    /// Refuses messages longer than `max_message` bytes, counting all fragments.
    pub fn new(max_message: usize) -> Decoder {
        Decoder {
            max_message,
            ..Decoder::default()
        }
    }

    /// Accepts compressed messages, too. The limit applies before and after decompression.
    pub fn accepting_compressed(self) -> Decoder {
        Decoder {
            allow_compressed: true,
            ..self
        }
    }

    /// Limits the number of frames.
    pub fn limited_to(self, rate: FrameRate) -> Decoder {
        Decoder { rate, ..self }
    }

    /// Takes the next event out of `buf`. `None` means that more bytes are needed, or that nothing follows (after a
    /// close frame or a violation), and then `buf` is discarded.
    pub fn next(&mut self, buf: &mut BytesMut) -> Result<Option<FrameEvent>, Violation> {
        if self.ended {
            buf.clear();
            return Ok(None);
        }
        let next = self.advance(buf);
        if matches!(next, Err(_) | Ok(Some(FrameEvent::Close(_)))) {
            *self = Decoder {
                ended: true,
                ..Decoder::new(self.max_message)
            };
            buf.clear();
        }
        next
    }

    /// Number of allocated bytes.
    #[cfg(test)]
    pub(super) fn allocated(&self) -> usize {
        let message = self.message.as_ref();
        message.map_or(0, |message| message.bytes.capacity())
    }

    /// Decodes until an event is complete or the bytes run out.
    fn advance(&mut self, buf: &mut BytesMut) -> Result<Option<FrameEvent>, Violation> {
        loop {
            if self.frame.is_none() {
                self.frame = self.begin(buf)?;
            }
            let Some(frame) = &mut self.frame else {
                return Ok(None);
            };
            if !frame.header.opcode.is_control() {
                let message = self.message.as_mut();
                let message = message.expect("begin() creates it for a data frame");
                frame.take(buf, buf.len(), &mut message.bytes);
                if frame.left > 0 {
                    message.check_utf8()?;
                    return Ok(None);
                }
            } else if buf.len() < frame.left {
                return Ok(None);
            }
            if let Some(frame) = self.frame.take()
                && let Some(event) = self.finish(frame, buf)?
            {
                return Ok(Some(event));
            }
        }
    }

    /// Begins a frame when its header has arrived.
    fn begin(&mut self, buf: &mut BytesMut) -> Result<Option<PartialFrame>, Violation> {
        let in_message = self.message.is_some();
        let Some(header) = FrameHeader::read(buf, in_message, self.allow_compressed)? else {
            return Ok(None);
        };
        self.rate.take()?;
        let left = self.check_length(header.opcode, header.len)?;
        if header.opcode.starts_message() {
            self.message = Some(PartialMessage {
                is_text: header.opcode == Opcode::Text,
                compressed: header.compressed,
                ..PartialMessage::default()
            });
        }
        Ok(Some(PartialFrame { header, left }))
    }

    /// Returns the announced length, unless the message would become too long.
    fn check_length(&self, opcode: Opcode, len: u64) -> Result<usize, Violation> {
        let limit = match (opcode, &self.message) {
            (Opcode::Continuation, Some(message)) => self.max_message - message.bytes.len(),
            _ if opcode.is_control() => MAX_CONTROL,
            _ => self.max_message,
        };
        let len = usize::try_from(len).ok().filter(|len| *len <= limit);
        len.ok_or(deflate::TOO_BIG)
    }

    /// Ends a frame that has arrived. The payload of a control frame is still in `buf`, that of a data frame in the
    /// message.
    fn finish(
        &mut self,
        mut frame: PartialFrame,
        buf: &mut BytesMut,
    ) -> Result<Option<FrameEvent>, Violation> {
        if frame.header.opcode.is_control() {
            let mut payload = Vec::new();
            frame.take(buf, frame.left, &mut payload);
            return frame.control_event(payload).map(Some);
        }
        let Some(mut message) = self.message.take() else {
            return Ok(None);
        };
        if frame.header.last {
            return message.finish(self.max_message).map(Some);
        }
        message.check_utf8()?;
        self.message = Some(message);
        Ok(None)
    }
}

impl PartialFrame {
    /// Moves the next bytes of the payload, at most `at_most`, to `out` and unmasks them.
    fn take(&mut self, buf: &mut BytesMut, at_most: usize, out: &mut Vec<u8>) {
        let count = self.left.min(at_most);
        let start = out.len();
        out.extend_from_slice(&buf[..count]);
        buf.advance(count);
        unmask(&mut out[start..], self.header.key);
        self.header.key.rotate_left(count % 4);
        self.left -= count;
    }

    fn control_event(&self, payload: Vec<u8>) -> Result<FrameEvent, Violation> {
        Ok(match self.header.opcode {
            Opcode::Ping => FrameEvent::Ping(payload),
            Opcode::Pong => FrameEvent::Pong(payload),
            _ => FrameEvent::Close(close_reason(&payload)?),
        })
    }
}

impl PartialMessage {
    /// Refuses a text at its first byte that is not valid UTF-8.
    fn check_utf8(&mut self) -> Result<(), Violation> {
        if !self.is_text || self.compressed {
            return Ok(());
        }
        match std::str::from_utf8(&self.bytes[self.valid_up_to..]) {
            Ok(rest) => self.valid_up_to += rest.len(),
            Err(error) if error.error_len().is_none() => self.valid_up_to += error.valid_up_to(),
            Err(_) => return Err(NOT_UTF8),
        }
        Ok(())
    }

    fn finish(mut self, max: usize) -> Result<FrameEvent, Violation> {
        if self.compressed {
            self.bytes = deflate::inflate(&self.bytes, max)?;
        }
        if !self.is_text {
            return Ok(FrameEvent::Binary(self.bytes));
        }
        let text = String::from_utf8(self.bytes).map_err(|_| NOT_UTF8)?;
        Ok(FrameEvent::Text(text))
    }
}

const NOT_UTF8: Violation = Violation {
    code: 1007,
    reason: "the text is not UTF-8",
};

/// Code and reason of a close frame (sections 5.5.1 and 7.4).
fn close_reason(payload: &[u8]) -> Result<Option<(u16, String)>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return match payload {
            [] => Ok(None),
            _ => Violation::protocol("half a close code"),
        };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Violation::protocol("this close code is not for the transport");
    }
    let reason = std::str::from_utf8(reason).map_err(|_| NOT_UTF8)?;
    Ok(Some((code, reason.to_owned())))
}

/// Unmasks eight bytes at a time (section 5.3).
fn unmask(bytes: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}
