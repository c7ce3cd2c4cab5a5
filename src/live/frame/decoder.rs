//! Reads a client's frames as their bytes arrive.
//!
//! Payload bytes are unmasked and moved into the message as they come, so nothing is parsed
//! twice, and memory follows what was received, never the length that a peer announces.
//! Between two messages a decoder holds no allocation.

use bytes::{Buf, BytesMut};

use super::{
    MAX_CONTROL, Opcode, deflate,
    header::{Header, Violation},
};

/// One thing that the client said, complete.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole text message, joined from its fragments.
    Text(String),
    /// A whole binary message, joined from its fragments.
    Binary(Vec<u8>),
    /// A ping, at most 125 bytes: answer with a pong of the same payload.
    Ping(Vec<u8>),
    /// A pong, asked for or not.
    Pong(Vec<u8>),
    /// The client closes, with a code and a reason or without; nothing is decoded after it.
    Close(Option<(u16, String)>),
}

/// Takes events out of a buffer that the caller fills with what arrives.
#[derive(Debug)]
pub struct Decoder {
    max_message: usize,
    packs: bool,
    frame: Option<Frame>,
    message: Option<Message>,
    ended: bool,
}

/// A frame whose header was read and whose payload is arriving.
#[derive(Debug)]
struct Frame {
    opcode: Opcode,
    last: bool,
    left: usize,
    /// The masking key, turned so that its first byte is for the next payload byte.
    key: [u8; 4],
}

/// A message of which at least one frame has begun.
#[derive(Debug)]
struct Message {
    is_text: bool,
    compressed: bool,
    bytes: Vec<u8>,
    /// So many bytes of a text are known to be whole UTF-8 characters.
    checked: usize,
}

impl Decoder {
    /// Refuses messages longer than `max_message` bytes, all fragments together.
    pub fn new(max_message: usize) -> Decoder {
        Decoder {
            max_message,
            packs: false,
            frame: None,
            message: None,
            ended: false,
        }
    }

    /// Takes compressed messages, too; the bound holds before and after inflating.
    pub fn accepting_compressed(self) -> Decoder {
        Decoder {
            packs: true,
            ..self
        }
    }

    /// Takes the next event out of `buf`. `None`: more bytes are needed, or all is over (after a
    /// close or a violation), and whatever still arrives is thrown away.
    pub fn next(&mut self, buf: &mut BytesMut) -> Result<Option<Event>, Violation> {
        if self.ended {
            buf.clear();
            return Ok(None);
        }
        let next = self.advance(buf);
        if matches!(next, Err(_) | Ok(Some(Event::Close(_)))) {
            *self = Decoder {
                ended: true,
                ..Decoder::new(self.max_message)
            };
            buf.clear();
        }
        next
    }

    /// The bytes that are allocated now.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.message
            .as_ref()
            .map_or(0, |message| message.bytes.capacity())
    }

    /// Goes on until an event is complete or the bytes run out.
    fn advance(&mut self, buf: &mut BytesMut) -> Result<Option<Event>, Violation> {
        loop {
            if self.frame.is_none() {
                self.frame = self.begin(buf)?;
            }
            let Some(frame) = &mut self.frame else {
                return Ok(None);
            };
            if !frame.opcode.is_control() {
                let message = self
                    .message
                    .as_mut()
                    .expect("begin() made it for a data frame");
                frame.take(buf, buf.len(), &mut message.bytes);
                if frame.left > 0 {
                    message.check()?;
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

    /// Begins a frame when its header is there.
    fn begin(&mut self, buf: &mut BytesMut) -> Result<Option<Frame>, Violation> {
        let Some(header) = Header::read(buf, self.message.is_some(), self.packs)? else {
            return Ok(None);
        };
        let (opcode, last, key) = (header.opcode, header.last, header.key);
        let left = self.fit(opcode, header.len)?;
        if let Opcode::Text | Opcode::Binary = opcode {
            let is_text = opcode == Opcode::Text;
            self.message = Some(Message {
                is_text,
                compressed: header.compressed,
                bytes: Vec::new(),
                checked: 0,
            });
        }
        Ok(Some(Frame {
            opcode,
            last,
            left,
            key,
        }))
    }

    /// The announced length, if the message may become so long.
    fn fit(&self, opcode: Opcode, len: u64) -> Result<usize, Violation> {
        let held = match opcode {
            Opcode::Continuation => self
                .message
                .as_ref()
                .map_or(0, |message| message.bytes.len()),
            _ => 0,
        };
        let room = if opcode.is_control() {
            MAX_CONTROL
        } else {
            self.max_message - held
        };
        match usize::try_from(len) {
            Ok(len) if len <= room => Ok(len),
            _ => Err(Violation {
                code: 1009,
                reason: "the message is too big",
            }),
        }
    }

    /// Ends a frame that has arrived: a control frame is still in `buf`, data is in the message.
    fn finish(&mut self, mut frame: Frame, buf: &mut BytesMut) -> Result<Option<Event>, Violation> {
        if frame.opcode.is_control() {
            let mut payload = Vec::new();
            frame.take(buf, frame.left, &mut payload);
            return frame.control(payload).map(Some);
        }
        let Some(mut message) = self.message.take() else {
            return Ok(None);
        };
        if frame.last {
            return message.end(self.max_message).map(Some);
        }
        message.check()?;
        self.message = Some(message);
        Ok(None)
    }
}

impl Frame {
    /// Moves what has arrived of the payload, unmasked; never more than `at_most` bytes.
    fn take(&mut self, buf: &mut BytesMut, at_most: usize, out: &mut Vec<u8>) {
        let count = self.left.min(at_most);
        let start = out.len();
        out.extend_from_slice(&buf[..count]);
        buf.advance(count);
        unmask(&mut out[start..], self.key);
        self.key.rotate_left(count % 4);
        self.left -= count;
    }

    fn control(&self, payload: Vec<u8>) -> Result<Event, Violation> {
        Ok(match self.opcode {
            Opcode::Ping => Event::Ping(payload),
            Opcode::Pong => Event::Pong(payload),
            _ => Event::Close(reason(&payload)?),
        })
    }
}

impl Message {
    /// Refuses a text at the first byte that cannot belong to UTF-8.
    fn check(&mut self) -> Result<(), Violation> {
        if !self.is_text || self.compressed {
            return Ok(());
        }
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(rest) => self.checked += rest.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(NOT_UTF8),
        }
        Ok(())
    }

    fn end(mut self, most: usize) -> Result<Event, Violation> {
        if self.compressed {
            self.bytes = deflate::inflate(&self.bytes, most)?;
        }
        if self.is_text {
            String::from_utf8(self.bytes)
                .map(Event::Text)
                .map_err(|_| NOT_UTF8)
        } else {
            Ok(Event::Binary(self.bytes))
        }
    }
}

const NOT_UTF8: Violation = Violation {
    code: 1007,
    reason: "the text is not UTF-8",
};

/// The code and reason of a close frame (sections 5.5.1 and 7.4).
fn reason(payload: &[u8]) -> Result<Option<(u16, String)>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() {
            Ok(None)
        } else {
            Violation::protocol("half a close code")
        };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Violation::protocol("this close code is not for the transport");
    }
    let reason = std::str::from_utf8(reason).map_err(|_| NOT_UTF8)?;
    Ok(Some((code, reason.to_owned())))
}

/// Section 5.3, eight bytes at a time.
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
