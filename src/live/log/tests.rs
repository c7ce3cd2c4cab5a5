//! Cursors in a tail that is bounded.

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
