//! The log of one room: the tail of what was published, and cursors into it.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc};

use super::{group::Group, publication::Publication};

/// Publications kept at most, and their HTML bytes at most; whoever is further behind reads the database.
const KEEP: usize = 512;
const KEEP_BYTES: usize = 1 << 20;
/// Bytes handed out in one step, so that one write stays small.
pub const STEP_BYTES: usize = 64 << 10;

/// The newest publications are here, everything numbered is in the database.
#[derive(Default)]
pub struct Log {
    /// Position of the first kept publication, counted since the log was made.
    start: u64,
    kept: VecDeque<Arc<Publication>>,
    bytes: usize,
    /// Every rev above this one is in `kept`; none before the first numbered publication.
    complete_after: Option<i64>,
    /// The newest rev that was ever published here.
    newest: i64,
}

/// Where a connection stands: a position in the log, and the newest rev it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// How many publications are behind it.
    pub position: u64,
    /// The newest rev that was handed out.
    pub rev: i64,
}

/// What follows a cursor.
pub enum Step {
    /// These, in order; the cursor has moved past them.
    Next(Vec<Arc<Publication>>),
    /// The log does not reach back that far, or lacks one: read the database after `cursor.rev`.
    Behind,
    /// Nothing new.
    Head,
}

impl Log {
    /// Appends. Numbered publications must come in the order of their revs.
    pub fn append(&mut self, publication: Publication) {
        if let Some(rev) = publication.rev {
            self.complete_after.get_or_insert(rev - 1);
            self.newest = rev;
        }
        self.bytes += publication.size();
        self.kept.push_back(Arc::new(publication));
        while self.kept.len() > KEEP || (self.bytes > KEEP_BYTES && self.kept.len() > 1) {
            self.forget_first();
        }
    }

    /// Keeps only so many of the newest.
    pub fn trim(&mut self, keep: usize) {
        while self.kept.len() > keep {
            self.forget_first();
        }
        if self.kept.capacity() > 4 * keep {
            self.kept.shrink_to(keep);
        }
    }

    /// How many publications there were; the position of a cursor that has them all.
    pub fn head(&self) -> u64 {
        self.start + self.kept.len() as u64
    }

    /// The newest numbered publication since the server started; none before the first.
    pub fn newest(&self) -> Option<i64> {
        self.complete_after.map(|_| self.newest)
    }

    /// A cursor for somebody who has everything up to `rev`; none when the log does not reach back,
    /// when more than `most` changes follow, or when `rev` is not known yet (somebody remembers more
    /// than a restored backup holds).
    pub fn cursor_after(&self, rev: i64, most: i64) -> Option<Cursor> {
        if self.complete_after.is_none_or(|complete| rev < complete)
            || !(0..=most).contains(&(self.newest - rev))
        {
            return None;
        }
        let known = |p: &Arc<Publication>| p.rev.is_none_or(|r| r <= rev);
        let skip = self
            .kept
            .iter()
            .position(|p| !known(p))
            .unwrap_or(self.kept.len());
        Some(Cursor {
            position: self.start + skip as u64,
            rev,
        })
    }

    /// Takes the next publications after `cursor` and moves it.
    pub fn read(&self, cursor: &mut Cursor) -> Step {
        let Some(skip) = cursor.position.checked_sub(self.start) else {
            return Step::Behind;
        };
        let (mut next, mut bytes) = (Vec::new(), 0);
        for publication in self.kept.iter().skip(skip as usize) {
            if bytes > STEP_BYTES {
                break;
            }
            match publication.rev {
                Some(rev) if rev <= cursor.rev => {
                    cursor.position += 1;
                    continue;
                }
                Some(rev) if rev > cursor.rev + 1 => {
                    // A publication was lost on its way: only a hint is missing, the change is not.
                    return if next.is_empty() {
                        Step::Behind
                    } else {
                        Step::Next(next)
                    };
                }
                Some(rev) => cursor.rev = rev,
                None => {}
            }
            cursor.position += 1;
            bytes += publication.size();
            next.push(publication.clone());
        }
        if next.is_empty() {
            Step::Head
        } else {
            Step::Next(next)
        }
    }

    /// What is to be delivered after `position` in one write; none at the head. It ends before a rev
    /// that is missing, so that whoever has all of it has no hole.
    pub fn group(&self, position: u64) -> Option<Group> {
        let mut group = Group::at(position.max(self.start));
        for publication in self.kept.iter().skip((group.start() - self.start) as usize) {
            if group.bytes() > STEP_BYTES || !group.push(publication) {
                break;
            }
        }
        (group.bytes() > 0).then_some(group)
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.kept.pop_front() {
            self.start += 1;
            self.bytes -= first.size();
            self.complete_after = first.rev.or(self.complete_after);
        }
    }
}
