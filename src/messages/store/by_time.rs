//! Messages by their time.
//!
//! Ids are in the order of time, except where the clock of the server was set back: the table `clock_steps` has the
//! first message after each such step. Between two steps, binary search finds the messages of a time.

use std::ops::Range;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId},
        time::DAY,
    },
    error::Result,
    schema::{clock_steps, messages},
};

/// Id and time (ms UTC) of a message.
type Sent = (i64, i64);

/// Records that a message was sent at an earlier time than the one before it.
pub fn record_clock_step(conn: &mut Conn, id: MessageId) -> Result<()> {
    let insert = diesel::insert_into(clock_steps::table).values(clock_steps::message_id.eq(id));
    insert.execute(conn)?;
    Ok(())
}

/// The first message of a day of a room, which begins at `at` (ms UTC), or else the first one after it; without replies
/// in threads.
pub fn first_of_day(conn: &mut Conn, room: RoomId, at: i64) -> Result<Option<MessageId>> {
    let next = |conn: &mut Conn, id: i64| -> Result<Option<Sent>> {
        let next = messages::table
            .filter(messages::room_id.eq(room))
            .filter(messages::thread_id.is_null())
            .filter(messages::id.ge(id));
        let next = next.order(messages::id.asc());
        let columns = (messages::id, messages::created_at);
        Ok(next.select(columns).first(conn).optional()?)
    };
    let mut after = None;
    for run in runs(conn)? {
        let first = search(run.clone(), at, |id| next(conn, id))?;
        match next(conn, first)?.filter(|(id, _)| run.contains(id)) {
            Some((id, sent)) if sent < at + DAY => return Ok(Some(MessageId(id))),
            found => after = after.or(found),
        }
    }
    Ok(after.map(|(id, _)| MessageId(id)))
}

/// The id of the first message of any room at or after a time (ms UTC), or the id after the newest message.
pub fn first_sent(conn: &mut Conn, at: i64) -> Result<i64> {
    let mut first = 1;
    for run in runs(conn)? {
        let end = run.end;
        first = search(run, at, |id| next_sent(conn, id))?;
        if first < end {
            break;
        }
    }
    Ok(first)
}

/// The id after the last message of any room before a time (ms UTC).
pub fn end_of_sent(conn: &mut Conn, at: i64) -> Result<i64> {
    for run in runs(conn)?.into_iter().rev() {
        let start = run.start;
        let end = search(run, at, |id| next_sent(conn, id))?;
        if end > start {
            return Ok(end);
        }
    }
    Ok(1)
}

/// The time (ms UTC) of the first message of any room whose id is at least `id`.
pub fn sent_at(conn: &mut Conn, id: Option<i64>) -> Result<Option<i64>> {
    let found = id.map(|id| next_sent(conn, id)).transpose()?;
    Ok(found.flatten().map(|(_, at)| at))
}

fn next_sent(conn: &mut Conn, id: i64) -> Result<Option<Sent>> {
    let next = messages::table.filter(messages::id.ge(id));
    let next = next.order(messages::id.asc());
    let columns = (messages::id, messages::created_at);
    Ok(next.select(columns).first(conn).optional()?)
}

/// The ids between the steps of the clock, in which the order is that of time.
fn runs(conn: &mut Conn) -> Result<Vec<Range<i64>>> {
    let newest = messages::table.order(messages::id.desc());
    let newest: Option<i64> = newest.select(messages::id).first(conn).optional()?;
    let steps = clock_steps::table.select(clock_steps::message_id);
    let steps: Vec<i64> = steps.order(clock_steps::message_id).load(conn)?;
    let ends = steps.iter().copied().chain([newest.unwrap_or(0) + 1]);
    let starts = [1].into_iter().chain(steps.iter().copied());
    Ok(starts.zip(ends).map(|(start, end)| start..end).collect())
}

/// The lowest id of a run from which on its messages were sent at `at` or later, by binary search. `next` returns the
/// first message whose id is at least the given one.
fn search(
    Range { start, end }: Range<i64>,
    at: i64,
    mut next: impl FnMut(i64) -> Result<Option<Sent>>,
) -> Result<i64> {
    let (mut low, mut high) = (start, end);
    while low < high {
        let middle = low + (high - low) / 2;
        match next(middle)?.filter(|(id, _)| *id < end) {
            Some((id, sent)) if sent < at => low = id + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}
