//! Cursors in a bounded log.

use super::*;
use crate::live::publication::FrameEncoding;

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

fn texts(log: &Log, cursor: &mut Cursor) -> Vec<String> {
    let mut texts = Vec::new();
    while let LogRead::Next(next) = log.read(cursor) {
        let frames = next.iter().map(|one| one.frame(FrameEncoding::Plain));
        texts.extend(frames.map(|frame| String::from_utf8_lossy(&frame[2..]).into_owned()));
    }
    texts
}

/// Revs 1 to 5: message 7, another one, a message that quotes 7, a reaction to 7, presence without a rev, and another.
fn log_with_message_7() -> Log {
    let mut log = Log::default();
    let text = |rev, message, quoted: Option<i64>| {
        numbered(rev).with_texts_of(MessageId(message), quoted.map(MessageId))
    };
    log.append(text(1, 7, None));
    log.append(text(2, 8, None));
    log.append(text(3, 9, Some(7)));
    log.append(text(4, 7, None));
    log.append(unnumbered("presence"));
    log.append(text(5, 10, None));
    log
}

#[test]
fn an_erased_text_is_in_no_publication_and_the_others_stay() {
    let mut log = log_with_message_7();
    log.erase(MessageId(7));
    log.append(numbered(6));
    let retained = log.retained.iter().map(|one| one.size());
    let empty: Vec<bool> = retained.map(|size| size == 0).collect();
    assert_eq!(empty, [true, false, true, true, false, false, false]);
    let sizes = log.retained.iter().map(|one| one.size());
    assert_eq!(sizes.sum::<usize>(), log.bytes);
    assert_eq!(
        (log.newest(), log.head()),
        (Some(6), 7),
        "no rev is missing"
    );
}

#[test]
fn a_cursor_before_an_erased_text_reads_the_database_and_one_behind_it_the_log() {
    let mut log = log_with_message_7();
    let cursor = |position, rev| Cursor { position, rev };
    let (mut first, mut between, mut behind) = (cursor(0, 0), cursor(1, 1), cursor(4, 4));
    log.erase(MessageId(7));
    log.append(numbered(6));
    assert!(matches!(log.read(&mut first), LogRead::Behind));
    assert_eq!(texts(&log, &mut between), ["<2>"], "up to the erased one");
    assert!(matches!(log.read(&mut between), LogRead::Behind));
    assert_eq!(between.rev, 2, "the database is read from here");
    assert_eq!(texts(&log, &mut behind), ["presence", "<5>", "<6>"]);
    // The connection has read the database up to rev 5 meanwhile.
    assert_eq!(texts(&log, &mut cursor(0, 5)), ["presence", "<6>"]);

    for rev in 1..=3 {
        assert!(log.cursor_after(rev, 200).is_none(), "{rev}");
    }
    let mut cursor = log.cursor_after(4, 200).expect("nothing is erased after 4");
    assert_eq!(drain(&log, &mut cursor), [5, 6]);
}

#[test]
fn a_group_leaves_out_erased_texts() {
    let mut log = log_with_message_7();
    log.erase(MessageId(7));
    let frames = |position| {
        let group = log.group(position).expect("publications follow");
        let frames = group.frames(FrameEncoding::Plain).clone();
        (
            group.start(),
            group.end(),
            String::from_utf8_lossy(&frames).into_owned(),
        )
    };
    let (start, end, text) = frames(0);
    assert_eq!((start, end), (1, 2));
    assert!(text.contains("<2>"));
    let (start, end, text) = frames(2);
    assert_eq!((start, end), (4, 6));
    assert!(text.contains("presence") && text.contains("<5>"));
    assert!(log.group(6).is_none(), "the head");
}
