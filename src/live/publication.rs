//! One change of a room, encoded once for everyone who hears it.

use std::sync::OnceLock;

use bytes::Bytes;

use super::frame;
use crate::db::ids::UserId;

/// One change of a room, made once for everyone.
pub struct Publication {
    /// Its number in the room, or none for what is live only (presence).
    pub rev: Option<i64>,
    /// The same in words, for clients that are not browsers; none if it means nothing there.
    pub line: Option<TextLine>,
    plain: Bytes,
    /// Bytes of HTML at the end of `plain`.
    html: usize,
    compressed: OnceLock<Bytes>,
}

/// A publication in words.
pub enum TextLine {
    /// Somebody wrote `text` at `at` (ms UTC).
    Message {
        author: UserId,
        name: String,
        at: i64,
        text: String,
    },
    /// The server says something at `at`.
    Announcement { at: i64, text: String },
    /// A state that replaces the last one.
    Status(String),
}

/// How a connection takes frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameEncoding {
    /// As they are.
    Plain,
    /// Compressed where that makes them smaller (RFC 7692).
    Compressed,
}

impl Publication {
    /// `html` is what pages swap in.
    pub fn new(rev: Option<i64>, html: &str, line: Option<TextLine>) -> Publication {
        Publication {
            rev,
            line,
            plain: frame::text_message(html),
            html: html.len(),
            compressed: OnceLock::new(),
        }
    }

    /// The WebSocket frame. The compressed one is made when the first subscriber wants it, and once.
    pub fn frame(&self, encoding: FrameEncoding) -> &Bytes {
        match encoding {
            FrameEncoding::Plain => &self.plain,
            FrameEncoding::Compressed => self.compressed.get_or_init(|| {
                let html = &self.plain[self.plain.len() - self.html..];
                frame::compressed_text(html).unwrap_or_else(|| self.plain.clone())
            }),
        }
    }

    /// Bytes of the uncompressed frame.
    pub fn size(&self) -> usize {
        self.plain.len()
    }
}
