//! Change of a room, encoded once for all connections.

use std::{sync::OnceLock, time::Instant};

use bytes::Bytes;

use super::frame;
use crate::db::ids::{MessageId, UserId};

/// Change, rendered and encoded once for all connections.
pub struct Publication {
    /// Number of the change in its room; `None` for changes that are not stored, such as presence.
    pub rev: Option<i64>,
    /// Same change for plain-text clients; `None` if they are not told of it.
    pub line: Option<TextLine>,
    pub made_at: Instant,
    /// Messages whose texts it contains.
    texts_of: [Option<MessageId>; 2],
    /// Whether its content was removed. Connections read the change from the database.
    is_erased: bool,
    plain: Bytes,
    /// Length of the HTML at the end of `plain` (bytes).
    html_len: usize,
    compressed: OnceLock<Bytes>,
}

/// Publication as plain text.
pub enum TextLine {
    /// `author` posted `text` at `at` (ms UTC).
    Message {
        author: UserId,
        name: String,
        at: i64,
        text: String,
    },
    /// Message of the server itself, at `at` (ms UTC).
    Announcement { at: i64, text: String },
    /// State that replaces the previous one.
    Status(String),
}

/// Encoding of the frames of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameEncoding {
    /// Uncompressed.
    Plain,
    /// Compressed where that makes a frame smaller (RFC 7692).
    Compressed,
}

impl Publication {
    /// Encodes `html`, which pages swap in.
    pub fn new(rev: Option<i64>, html: &str, line: Option<TextLine>) -> Publication {
        Publication {
            rev,
            line,
            made_at: Instant::now(),
            texts_of: [None; 2],
            is_erased: false,
            plain: frame::text_message(html),
            html_len: html.len(),
            compressed: OnceLock::new(),
        }
    }

    /// Names the message whose text it contains, and the message that this one quotes. See [`super::Live::erase`].
    pub fn with_texts_of(self, message: MessageId, quoted: Option<MessageId>) -> Publication {
        let texts_of = [Some(message), quoted];
        Publication { texts_of, ..self }
    }

    /// Whether it contains the text of a message.
    pub fn has_text_of(&self, message: MessageId) -> bool {
        self.texts_of.contains(&Some(message))
    }

    /// Copy without content, in the same place of the log.
    pub fn erased(&self) -> Publication {
        Publication {
            rev: self.rev,
            line: None,
            made_at: self.made_at,
            texts_of: [None; 2],
            is_erased: true,
            plain: Bytes::new(),
            html_len: 0,
            compressed: OnceLock::new(),
        }
    }

    /// Whether its content was removed.
    pub fn is_erased(&self) -> bool {
        self.is_erased
    }

    /// WebSocket frame. The compressed form is made once, on first use.
    pub fn frame(&self, encoding: FrameEncoding) -> &Bytes {
        match encoding {
            FrameEncoding::Plain => &self.plain,
            FrameEncoding::Compressed => self.compressed.get_or_init(|| {
                let html = &self.plain[self.plain.len() - self.html_len..];
                frame::compressed_text(html).unwrap_or_else(|| self.plain.clone())
            }),
        }
    }

    /// Size of the uncompressed frame (bytes).
    pub fn size(&self) -> usize {
        self.plain.len()
    }
}
