//! Grouping of new messages: whether one begins a day, or continues the run of its author.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
        time::DAY,
    },
    error::Result,
    messages::Grouping,
    schema::messages,
};

/// Milliseconds after a message in which the next one of its author continues the run.
const RUN: i64 = 5 * 60 * 1000;
/// Milliseconds by which a message may be sent before the day under which it is shown: small corrections of the clock
/// at midnight do not repeat a day.
const BEFORE_DAY: i64 = 5 * 60 * 1000;
/// The newest messages of a list, among which the beginning of a day is looked for.
const NEAR: i64 = 50;

/// Author, time (ms UTC) and grouping of a message.
pub type Before = (UserId, i64, i32);

/// The list of a room, or of a thread with this root in it.
pub type List = (RoomId, Option<MessageId>);

/// The newest message of a list.
pub fn last(conn: &mut Conn, list: List) -> Result<Option<Before>> {
    Ok(newest(conn, list, 1)?.first().copied())
}

/// The grouping of a message of `author` that is sent at `now`, which may be before the time of the `last` message.
pub fn grouping(
    conn: &mut Conn,
    list: List,
    last: Option<Before>,
    author: UserId,
    now: i64,
) -> Result<Grouping> {
    let Some((last_author, at, _)) = last else {
        return Ok(list.1.map_or(Grouping::Day, |_| Grouping::Run));
    };
    let is_other_day = day_of(at) != day_of(now);
    if is_other_day && begins_day(&newest(conn, list, NEAR)?, now) {
        return Ok(Grouping::Day);
    }
    Ok(match author == last_author && (now - at).abs() < RUN {
        true => Grouping::Continued,
        false => Grouping::Run,
    })
}

/// The newest messages of a list, newest first.
fn newest(conn: &mut Conn, (room, root): List, limit: i64) -> Result<Vec<Before>> {
    let list = messages::table
        .filter(messages::room_id.eq(room))
        .order(messages::id.desc())
        .select((messages::author_id, messages::created_at, messages::place))
        .limit(limit);
    Ok(match root {
        None => list.filter(messages::thread_id.is_null()).load(conn)?,
        Some(root) => list.filter(messages::thread_id.eq(root)).load(conn)?,
    })
}

fn day_of(at: i64) -> i64 {
    at.div_euclid(DAY)
}

/// Whether a message sent at `now` is not of the day under which the messages before it are shown.
fn begins_day(before: &[Before], now: i64) -> bool {
    let begins = |&&(.., grouping): &&Before| grouping == Grouping::Day as i32;
    let begin = before.iter().find(begins).or(before.first());
    let Some(shown) = begin.map(|(_, at, _)| day_of(*at)) else {
        return true;
    };
    let is_just_before = (1..=BEFORE_DAY).contains(&(shown * DAY - now));
    day_of(now) != shown && !is_just_before
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    /// Posts at these times (ms UTC), and the days of the separators that they get.
    fn separators(times: &[i64]) -> Vec<i64> {
        let mut before: Vec<Before> = Vec::new();
        for &now in times {
            let is_other = |(_, at, _): &Before| day_of(*at) != day_of(now);
            let begins = before.first().is_none_or(is_other) && begins_day(&before, now);
            let grouping = if begins { Grouping::Day } else { Grouping::Run };
            before.insert(0, (UserId(1), now, grouping as i32));
        }
        let days = before
            .iter()
            .filter(|(.., grouping)| *grouping == Grouping::Day as i32);
        days.map(|(_, at, _)| day_of(*at)).rev().collect()
    }

    #[test]
    fn days_go_back_only_when_the_clock_was_set_back() {
        for (times, expected) in [
            (&[0, 1, DAY - 1][..], &[0][..]),
            (&[0, DAY, DAY + 1, 3 * DAY], &[0, 1, 3]),
            // one message of a clock two days ahead
            (&[5, 2 * DAY + 5, 6, 7, 8], &[0, 2, 0]),
            (
                &[5, 2 * DAY, 2 * DAY + 1, 6, DAY, 2 * DAY],
                &[0, 2, 0, 1, 2],
            ),
            // small corrections at midnight
            (&[5, DAY, DAY - 1, DAY - 1, DAY + 1, DAY + 2], &[0, 1]),
            (&[5, DAY, DAY - BEFORE_DAY, DAY], &[0, 1]),
            (&[5, DAY + MINUTE, DAY - 6 * MINUTE, DAY], &[0, 1, 0, 1]),
            // corrections within a day
            (&[DAY / 2, DAY / 4, DAY / 3], &[0]),
            (&[0, -1], &[0]),
            (&[-DAY, -1, 0], &[-1, 0]),
        ] {
            assert_eq!(separators(times), expected, "{times:?}");
        }
    }
}
