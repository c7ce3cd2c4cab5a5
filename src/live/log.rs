//! A topic: the tail of what was published in a room, and the signal that there is more.

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::watch;

use crate::db::ids::UserId;

/// Publications kept at most, and their HTML bytes at most; whoever is further behind reads the database.
const KEEP: usize = 512;
const KEEP_BYTES: usize = 1 << 20;
/// Bytes handed out in one step, so that one write stays small.
const STEP_BYTES: usize = 64 << 10;

/// One change of a room, made once for everyone.
pub struct Publication {
    /// Its number in the room, or none for what is live only (presence).
    pub rev: Option<i64>,
    /// The encoded WebSocket frame with HTML for pages.
    pub html: Bytes,
    /// The same as text, for clients that are not browsers; none if it means nothing there.
    pub line: Option<Line>,
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

/// The log of one room. The newest publications are here, everything numbered is in the database.
#[derive(Default)]
pub struct Topic {
    tail: Mutex<Tail>,
    news: watch::Sender<()>,
}

#[derive(Default)]
struct Tail {
    /// Position of the first kept publication, counted since the topic was made.
    start: u64,
    kept: VecDeque<Arc<Publication>>,
    bytes: usize,
    /// Every rev above this one is in `kept`; none before the first numbered publication.
    complete_after: Option<i64>,
    /// The newest rev that was ever published here.
    newest: i64,
}

/// Where a connection stands: a position in the tail, and the newest rev it has.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    position: u64,
    /// The newest rev that was handed out.
    pub rev: i64,
}

/// What follows a cursor.
pub enum Step {
    /// These, in order; the cursor has moved past them.
    Next(Vec<Arc<Publication>>),
    /// The tail does not reach back that far, or lacks one: read the database after `cursor.rev`.
    Behind,
    /// Nothing new.
    Head,
}

impl Topic {
    /// Appends and wakes everyone. Numbered publications must come in the order of their revs.
    pub fn publish(&self, publication: Publication) {
        {
            let mut tail = self.tail();
            if let Some(rev) = publication.rev {
                tail.complete_after.get_or_insert(rev - 1);
                tail.newest = rev;
            }
            tail.bytes += publication.html.len();
            tail.kept.push_back(Arc::new(publication));
            while tail.kept.len() > KEEP || (tail.bytes > KEEP_BYTES && tail.kept.len() > 1) {
                tail.forget_first();
            }
        }
        self.news.send_replace(());
    }

    /// A signal for each publication after this call.
    pub fn listen(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// A cursor for somebody who has everything up to `rev`; none when the tail does not reach back,
    /// when more than `most` changes follow, or when `rev` is not known yet (somebody remembers more
    /// than a restored backup holds).
    pub fn cursor_after(&self, rev: i64, most: i64) -> Option<Cursor> {
        let tail = self.tail();
        if tail.complete_after.is_none_or(|complete| rev < complete)
            || !(0..=most).contains(&(tail.newest - rev))
        {
            return None;
        }
        let known = |p: &Arc<Publication>| p.rev.is_none_or(|r| r <= rev);
        let skip = tail
            .kept
            .iter()
            .position(|p| !known(p))
            .unwrap_or(tail.kept.len());
        Some(Cursor {
            position: tail.start + skip as u64,
            rev,
        })
    }

    /// A cursor at the newest publication, for somebody who is about to read the database up to some
    /// rev: take it first, read then, and set `rev` after; what is in both is skipped by its rev.
    pub fn cursor_at_head(&self, rev: i64) -> Cursor {
        let tail = self.tail();
        Cursor {
            position: tail.start + tail.kept.len() as u64,
            rev,
        }
    }

    /// Takes the next publications after `cursor` and moves it.
    pub fn read(&self, cursor: &mut Cursor) -> Step {
        let tail = self.tail();
        let Some(skip) = cursor.position.checked_sub(tail.start) else {
            return Step::Behind;
        };
        let (mut next, mut bytes) = (Vec::new(), 0);
        for publication in tail.kept.iter().skip(skip as usize) {
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
            bytes += publication.html.len();
            next.push(publication.clone());
        }
        if next.is_empty() {
            Step::Head
        } else {
            Step::Next(next)
        }
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail {
    fn forget_first(&mut self) {
        if let Some(first) = self.kept.pop_front() {
            self.start += 1;
            self.bytes -= first.html.len();
            self.complete_after = first.rev.or(self.complete_after);
        }
    }
}
