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
    pub line: Option<Line>,
    plain: Bytes,
    /// Bytes of HTML at the end of `plain`.
    html: usize,
    packed: OnceLock<Bytes>,
}

/// A publication in words.
pub enum Line {
    /// Somebody wrote `text` at `at` (ms UTC).
    Said {
        by: UserId,
        name: String,
        at: i64,
        text: String,
    },
    /// The server says something at `at`.
    Told { at: i64, text: String },
    /// A state that replaces the last one.
    Status(String),
}

/// How a connection takes frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As they are.
    Plain,
    /// Compressed where that makes them smaller (RFC 7692).
    Packed,
}

impl Publication {
    /// `html` is what pages swap in.
    pub fn new(rev: Option<i64>, html: &str, line: Option<Line>) -> Publication {
        Publication {
            rev,
            line,
            plain: frame::text(html),
            html: html.len(),
            packed: OnceLock::new(),
        }
    }

    /// The WebSocket frame. The compressed one is made when the first listener wants it, and once.
    pub fn frame(&self, coding: Coding) -> &Bytes {
        match coding {
            Coding::Plain => &self.plain,
            Coding::Packed => self.packed.get_or_init(|| {
                let html = &self.plain[self.plain.len() - self.html..];
                frame::packed(html).unwrap_or_else(|| self.plain.clone())
            }),
        }
    }

    /// Bytes of the uncompressed frame.
    pub fn size(&self) -> usize {
        self.plain.len()
    }
}
