//! Publications that go out together: one buffer for all subscribers, one write for each.

use std::{cell::OnceCell, sync::Arc};

use bytes::Bytes;

use super::{
    log::Cursor,
    publication::{FrameEncoding, Publication},
};

/// Neighbours in a log, without a hole between their revs.
pub struct Group {
    start: u64,
    publications: Vec<Arc<Publication>>,
    bytes: usize,
    /// The first and the last rev in it, if it has any.
    revs: Option<(i64, i64)>,
    plain: OnceCell<Bytes>,
    compressed: OnceCell<Bytes>,
}

impl Group {
    /// Nothing yet, from `start` on.
    pub fn at(start: u64) -> Group {
        Group {
            start,
            publications: Vec::new(),
            bytes: 0,
            revs: None,
            plain: OnceCell::new(),
            compressed: OnceCell::new(),
        }
    }

    /// Adds the next publication, unless its rev would leave a hole.
    pub fn push(&mut self, publication: &Arc<Publication>) -> bool {
        match (publication.rev, &mut self.revs) {
            (Some(rev), Some((_, last))) if rev == *last + 1 => *last = rev,
            (Some(_), Some(_)) => return false,
            (Some(rev), none) => *none = Some((rev, rev)),
            (None, _) => {}
        }
        self.bytes += publication.size();
        self.publications.push(publication.clone());
        true
    }

    /// The position of its first publication.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The position after its last one.
    pub fn end(&self) -> u64 {
        self.start + self.publications.len() as u64
    }

    /// Bytes, uncompressed.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where `cursor` stands after the whole group; none if something else must come first.
    pub fn after(&self, cursor: Cursor) -> Option<Cursor> {
        let follows = cursor.position == self.start
            && self.revs.is_none_or(|(first, _)| cursor.rev == first - 1);
        follows.then_some(Cursor {
            position: self.end(),
            rev: self.revs.map_or(cursor.rev, |(_, last)| last),
        })
    }

    /// All its frames; joined when the first subscriber wants them.
    pub fn frames(&self, encoding: FrameEncoding) -> &Bytes {
        let joined = match encoding {
            FrameEncoding::Plain => &self.plain,
            FrameEncoding::Compressed => &self.compressed,
        };
        joined.get_or_init(|| match &self.publications[..] {
            [only] => only.frame(encoding).clone(),
            many => {
                let mut out = Vec::with_capacity(self.bytes);
                for publication in many {
                    out.extend_from_slice(publication.frame(encoding));
                }
                out.into()
            }
        })
    }
}
