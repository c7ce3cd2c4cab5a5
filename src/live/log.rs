//! A topic: the tail of what was published in a room, and the signal that there is more.

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

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(rev: i64) -> Publication {
        Publication {
            rev: Some(rev),
            html: Bytes::from(format!("<{rev}>")),
            line: None,
        }
    }

    fn fleeting(text: &str) -> Publication {
        Publication {
            rev: None,
            html: Bytes::from(text.to_owned()),
            line: None,
        }
    }

    fn drain(topic: &Topic, cursor: &mut Cursor) -> Vec<i64> {
        let mut revs = Vec::new();
        while let Step::Next(next) = topic.read(cursor) {
            revs.extend(next.iter().filter_map(|p| p.rev));
        }
        revs
    }

    #[test]
    fn a_fresh_topic_knows_nothing_and_says_so() {
        assert!(Topic::default().cursor_after(0, 200).is_none());
    }

    #[test]
    fn a_cursor_gets_what_follows_its_rev_once_and_in_order() {
        let topic = Topic::default();
        (8..=12).for_each(|rev| topic.publish(numbered(rev)));
        assert!(
            topic.cursor_after(6, 200).is_none(),
            "7 was before the tail"
        );
        let mut cursor = topic
            .cursor_after(9, 200)
            .expect("the tail reaches back to 8");
        assert_eq!(drain(&topic, &mut cursor), [10, 11, 12]);
        assert_eq!(drain(&topic, &mut cursor), [0i64; 0]);
    }

    #[test]
    fn a_rev_from_the_future_is_left_to_the_database() {
        let topic = Topic::default();
        topic.publish(numbered(7));
        assert!(topic.cursor_after(8, 200).is_none());
    }

    #[test]
    fn what_the_database_gave_already_is_skipped() {
        let topic = Topic::default();
        let mut cursor = topic.cursor_at_head(0);
        (1..=5).for_each(|rev| topic.publish(numbered(rev)));
        cursor.rev = 3; // the database was read after the cursor was taken and already had 1 to 3
        assert_eq!(drain(&topic, &mut cursor), [4, 5]);
    }

    #[test]
    fn the_tail_is_bounded_and_a_slow_cursor_is_sent_to_the_database() {
        let topic = Topic::default();
        topic.publish(numbered(1));
        let mut slow = topic.cursor_after(1, 200).expect("at the head");
        (2..=KEEP as i64 + 9).for_each(|rev| topic.publish(numbered(rev)));
        assert!(matches!(topic.read(&mut slow), Step::Behind));
        assert_eq!(slow.rev, 1);
        assert_eq!(topic.tail().kept.len(), KEEP);
        assert!(topic.cursor_after(8, i64::MAX).is_none());
        assert!(topic.cursor_after(9, i64::MAX).is_some());
        assert!(topic.cursor_after(9, 200).is_none(), "too much at once");
    }

    #[test]
    fn a_lost_publication_is_read_from_the_database() {
        let topic = Topic::default();
        let mut cursor = topic.cursor_at_head(0);
        [1, 2, 4]
            .into_iter()
            .for_each(|rev| topic.publish(numbered(rev)));
        assert_eq!(drain(&topic, &mut cursor), [1, 2]);
        assert!(matches!(topic.read(&mut cursor), Step::Behind));
    }

    #[test]
    fn the_tail_is_bounded_in_bytes_too() {
        let topic = Topic::default();
        let big = "x".repeat(KEEP_BYTES / 4);
        (0..9).for_each(|_| topic.publish(fleeting(&big)));
        assert!(topic.tail().bytes <= KEEP_BYTES);
    }

    #[test]
    fn fleeting_publications_reach_those_who_listen_now() {
        let topic = Topic::default();
        topic.publish(numbered(1));
        let mut cursor = topic.cursor_after(1, 200).expect("at the head");
        topic.publish(fleeting("ada joined"));
        assert!(matches!(topic.read(&mut cursor), Step::Next(next) if next.len() == 1));
    }

    #[test]
    fn a_step_is_bounded_and_the_next_one_goes_on() {
        let topic = Topic::default();
        topic.publish(numbered(1));
        let mut cursor = topic.cursor_after(1, 200).expect("at the head");
        let big = "x".repeat(STEP_BYTES / 2);
        (0..8).for_each(|_| topic.publish(fleeting(&big)));
        let mut steps = Vec::new();
        while let Step::Next(next) = topic.read(&mut cursor) {
            steps.push(next.len());
        }
        assert!(
            steps.len() > 1 && steps.iter().sum::<usize>() == 8,
            "{steps:?}"
        );
    }
}
