//! Cursors in a tail that is bounded.

use super::*;

fn numbered(rev: i64) -> Publication {
    Publication::new(Some(rev), &format!("<{rev}>"), None)
}

fn fleeting(text: &str) -> Publication {
    Publication::new(None, text, None)
}

fn head(log: &Log) -> Cursor {
    Cursor {
        position: log.head(),
        rev: 0,
    }
}

fn drain(log: &Log, cursor: &mut Cursor) -> Vec<i64> {
    let mut revs = Vec::new();
    while let Step::Next(next) = log.read(cursor) {
        revs.extend(next.iter().filter_map(|p| p.rev));
    }
    revs
}

#[test]
fn a_fresh_log_knows_nothing_and_says_so() {
    assert!(Log::default().cursor_after(0, 200).is_none());
}

#[test]
fn a_cursor_gets_what_follows_its_rev_once_and_in_order() {
    let mut log = Log::default();
    (8..=12).for_each(|rev| log.append(numbered(rev)));
    assert!(log.cursor_after(6, 200).is_none(), "7 was before the tail");
    let mut cursor = log
        .cursor_after(9, 200)
        .expect("the tail reaches back to 8");
    assert_eq!(drain(&log, &mut cursor), [10, 11, 12]);
    assert_eq!(drain(&log, &mut cursor), [0i64; 0]);
}

#[test]
fn a_rev_from_the_future_is_left_to_the_database() {
    let mut log = Log::default();
    log.append(numbered(7));
    assert!(log.cursor_after(8, 200).is_none());
}

#[test]
fn what_the_database_gave_already_is_skipped() {
    let mut log = Log::default();
    let mut cursor = head(&log);
    (1..=5).for_each(|rev| log.append(numbered(rev)));
    cursor.rev = 3; // the database was read after the cursor was taken and already had 1 to 3
    assert_eq!(drain(&log, &mut cursor), [4, 5]);
}

#[test]
fn the_tail_is_bounded_and_a_slow_cursor_is_sent_to_the_database() {
    let mut log = Log::default();
    log.append(numbered(1));
    let mut slow = log.cursor_after(1, 200).expect("at the head");
    (2..=KEEP as i64 + 9).for_each(|rev| log.append(numbered(rev)));
    assert!(matches!(log.read(&mut slow), Step::Behind));
    assert_eq!(slow.rev, 1);
    assert_eq!(log.kept.len(), KEEP);
    assert!(log.cursor_after(8, i64::MAX).is_none());
    assert!(log.cursor_after(9, i64::MAX).is_some());
    assert!(log.cursor_after(9, 200).is_none(), "too much at once");
}

#[test]
fn a_lost_publication_is_read_from_the_database() {
    let mut log = Log::default();
    let mut cursor = head(&log);
    [1, 2, 4]
        .into_iter()
        .for_each(|rev| log.append(numbered(rev)));
    assert_eq!(drain(&log, &mut cursor), [1, 2]);
    assert!(matches!(log.read(&mut cursor), Step::Behind));
}

#[test]
fn the_tail_is_bounded_in_bytes_too() {
    let mut log = Log::default();
    let big = "x".repeat(KEEP_BYTES / 4);
    (0..9).for_each(|_| log.append(fleeting(&big)));
    assert!(log.bytes <= KEEP_BYTES);
}

#[test]
fn fleeting_publications_reach_those_who_listen_now() {
    let mut log = Log::default();
    log.append(numbered(1));
    let mut cursor = log.cursor_after(1, 200).expect("at the head");
    log.append(fleeting("ada joined"));
    assert!(matches!(log.read(&mut cursor), Step::Next(next) if next.len() == 1));
}

#[test]
fn a_step_is_bounded_and_the_next_one_goes_on() {
    let mut log = Log::default();
    log.append(numbered(1));
    let mut cursor = log.cursor_after(1, 200).expect("at the head");
    let big = "x".repeat(STEP_BYTES / 2);
    (0..8).for_each(|_| log.append(fleeting(&big)));
    let mut steps = Vec::new();
    while let Step::Next(next) = log.read(&mut cursor) {
        steps.push(next.len());
    }
    assert!(
        steps.len() > 1 && steps.iter().sum::<usize>() == 8,
        "{steps:?}"
    );
}

#[test]
fn a_log_that_was_cut_short_sends_to_the_database_and_forgets_no_number() {
    let mut log = Log::default();
    (1..=20).for_each(|rev| log.append(numbered(rev)));
    log.trim(8);
    assert_eq!((log.kept.len(), log.newest()), (8, Some(20)));
    assert!(log.cursor_after(11, 200).is_none(), "12 is gone");
    let mut cursor = log.cursor_after(12, 200).expect("the rest is here");
    assert_eq!(drain(&log, &mut cursor), (13..=20).collect::<Vec<_>>());
}
