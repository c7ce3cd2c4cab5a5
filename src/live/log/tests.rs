//! Cursors in a bounded log.

use super::*;

fn numbered(rev: i64) -> Publication {
    Publication::new(Some(rev), &format!("<{rev}>"), None)
}

fn unnumbered(text: &str) -> Publication {
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
    while let LogRead::Next(next) = log.read(cursor) {
        revs.extend(next.iter().filter_map(|p| p.rev));
    }
    revs
}

#[test]
fn a_cursor_gets_what_follows_its_rev_once_and_in_order() {
    let mut log = Log::default();
    assert!(log.cursor_after(0, 200).is_none(), "an empty log");
    (8..=12).for_each(|rev| log.append(numbered(rev)));
    assert!(log.cursor_after(6, 200).is_none(), "7 is before the log");
    assert!(log.cursor_after(13, 200).is_none(), "a rev in the future");
    let mut cursor = log.cursor_after(9, 200).expect("the log reaches back to 8");
    assert_eq!(drain(&log, &mut cursor), [10, 11, 12]);
    assert_eq!(drain(&log, &mut cursor), [0i64; 0]);
}

#[test]
fn revs_that_the_database_already_returned_are_skipped() {
    let mut log = Log::default();
    let mut cursor = head(&log);
    (1..=5).for_each(|rev| log.append(numbered(rev)));
    cursor.rev = 3; // the database was read after the cursor was taken and already had 1 to 3
    assert_eq!(drain(&log, &mut cursor), [4, 5]);
}

#[test]
fn the_log_is_bounded_and_a_slow_cursor_is_referred_to_the_database() {
    let mut log = Log::default();
    log.append(numbered(1));
    let mut slow = log.cursor_after(1, 200).expect("at the head");
    (2..=MAX_PUBLICATIONS as i64 + 9).for_each(|rev| log.append(numbered(rev)));
    assert!(matches!(log.read(&mut slow), LogRead::Behind));
    assert_eq!(slow.rev, 1);
    assert_eq!(log.retained.len(), MAX_PUBLICATIONS);
    assert!(log.cursor_after(8, i64::MAX).is_none());
    assert!(log.cursor_after(9, i64::MAX).is_some());
    assert!(log.cursor_after(9, 200).is_none(), "too much at once");
}

#[test]
fn a_lost_publication_is_read_from_the_database() {
    let mut log = Log::default();
    let mut cursor = head(&log);
    for rev in [1, 2, 4] {
        log.append(numbered(rev));
    }
    assert_eq!(drain(&log, &mut cursor), [1, 2]);
    assert!(matches!(log.read(&mut cursor), LogRead::Behind));
}

#[test]
fn the_log_and_each_read_are_bounded_in_bytes_and_the_next_read_continues() {
    let mut log = Log::default();
    let big = "x".repeat(MAX_BYTES / 4);
    (0..9).for_each(|_| log.append(unnumbered(&big)));
    assert!(log.bytes <= MAX_BYTES);

    let mut log = Log::default();
    log.append(numbered(1));
    let mut cursor = log.cursor_after(1, 200).expect("at the head");
    let big = "x".repeat(STEP_BYTES / 2);
    (0..8).for_each(|_| log.append(unnumbered(&big)));
    let mut steps = Vec::new();
    while let LogRead::Next(next) = log.read(&mut cursor) {
        steps.push(next.len());
    }
    assert_eq!(steps.iter().sum::<usize>(), 8, "unnumbered ones, too");
    assert!(steps.len() > 1, "{steps:?}");
}

#[test]
fn a_trimmed_log_refers_to_the_database_and_knows_its_newest_rev() {
    let mut log = Log::default();
    (1..=20).for_each(|rev| log.append(numbered(rev)));
    log.trim(8);
    assert_eq!((log.retained.len(), log.newest()), (8, Some(20)));
    assert!(log.cursor_after(11, 200).is_none(), "12 is gone");
    let mut cursor = log.cursor_after(12, 200).expect("13 is in the log");
    assert_eq!(drain(&log, &mut cursor), (13..=20).collect::<Vec<_>>());
}

#[test]
fn what_an_open_connection_has_not_read_is_kept_within_a_bound() {
    let mut log = Log::default();
    log.append(numbered(1));
    let mut slow = log.cursor_after(1, 200).expect("at the head");
    log.set_backlog(Some(slow.position));
    let revs = 2..=4 * MAX_PUBLICATIONS as i64;
    revs.clone().for_each(|rev| log.append(numbered(rev)));
    assert_eq!(drain(&log, &mut slow), revs.collect::<Vec<_>>());
    log.set_backlog(Some(slow.position));
    assert_eq!(log.retained.len(), MAX_PUBLICATIONS, "it has read them");

    let mut stalled = slow;
    let big = "x".repeat(MAX_BACKLOG_BYTES / 16);
    (0..40).for_each(|_| log.append(unnumbered(&big)));
    assert!(log.bytes <= MAX_BACKLOG_BYTES);
    assert!(matches!(log.read(&mut stalled), LogRead::Behind));
}

#[test]
fn backlogs_of_all_channels_share_one_budget() {
    let budget = Arc::new(BacklogBudget::default());
    let large = "x".repeat(MAX_BYTES / 16);
    let logs: Vec<_> = (0..20)
        .map(|_| {
            let mut log = Log::new(budget.clone());
            log.set_backlog(Some(0));
            (0..128).for_each(|_| log.append(unnumbered(&large)));
            log
        })
        .collect();
    let total: usize = logs.iter().map(|log| log.bytes).sum();
    assert!(total <= MAX_TOTAL_BACKLOG + 20 * MAX_BYTES, "{total}");
    let (first, last) = (logs[0].bytes, logs[19].bytes);
    assert!(
        first > 4 * MAX_BYTES && last < 2 * MAX_BYTES,
        "{first} {last}"
    );
    drop(logs);
    assert_eq!(budget.used.load(Ordering::Relaxed), 0);
}

#[test]
fn a_backlog_is_late_when_it_is_old_and_large() {
    let mut log = Log::default();
    log.append(numbered(1));
    let before = Instant::now();
    log.set_backlog(Some(log.head()));
    assert!(!log.is_backlog_over(Duration::ZERO, 0), "nothing is unread");
    log.append(numbered(2));
    while before.elapsed() < Duration::from_millis(2) {}
    assert!(log.is_backlog_over(Duration::from_millis(1), 0));
    assert!(!log.is_backlog_over(Duration::from_secs(60), 0));
    assert!(!log.is_backlog_over(Duration::from_millis(1), 1 << 20));
    let late = Instant::now();
    log.append(numbered(3));
    assert_eq!(log.position_since(late), 2);
}
