//! Publications that are delivered together: one buffer for all subscribers, one write for each.

use std::{cell::OnceCell, sync::Arc};

use bytes::Bytes;

use super::{
    cursor::Cursor,
    publication::{FrameEncoding, Publication},
};

/// Consecutive publications of a log, without a gap between their revs.
#[derive(Default)]
pub struct PublicationGroup {
    start: u64,
    publications: Vec<Arc<Publication>>,
    bytes: usize,
    /// The first and the last rev, if any publication has one.
    revs: Option<(i64, i64)>,
    plain: OnceCell<Bytes>,
    compressed: OnceCell<Bytes>,
}

impl PublicationGroup {
    /// Empty group that starts at a position of the log.
    pub fn at(start: u64) -> PublicationGroup {
        PublicationGroup {
            start,
            ..PublicationGroup::default()
        }
    }

    /// Adds the next publication, unless its rev would leave a gap or it is erased. Returns whether it was added.
    pub fn push(&mut self, publication: &Arc<Publication>) -> bool {
        if publication.is_erased() {
            return false;
        }
        match (publication.rev, &mut self.revs) {
            (Some(rev), Some((_, last))) if rev == *last + 1 => *last = rev,
            (Some(_), Some(_)) => return false,
            (Some(rev), revs @ None) => *revs = Some((rev, rev)),
            (None, _) => {}
        }
        self.bytes += publication.size();
        self.publications.push(publication.clone());
        true
    }

    /// Position of the first publication.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Position after the last publication.
    pub fn end(&self) -> u64 {
        self.start + self.publications.len() as u64
    }

    /// Size of all frames, uncompressed (bytes).
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Moves `cursor` past the group; `None` if the group is not exactly what follows `cursor`.
    pub fn advance(&self, cursor: Cursor) -> Option<Cursor> {
        let follows = cursor.position == self.start
            && self.revs.is_none_or(|(first, _)| cursor.rev == first - 1);
        follows.then_some(Cursor {
            position: self.end(),
            rev: self.revs.map_or(cursor.rev, |(_, last)| last),
        })
    }

    /// All frames in one buffer, joined on first use.
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
