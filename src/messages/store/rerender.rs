//! Messages with outdated HTML, and the progress of rendering them again.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, TextExpressionMethods, dsl::max,
};

use super::rows::{MessageRow, all, complete};
use crate::{
    db::{
        Conn,
        fts::{Index, SearchIndex},
        ids::UserId,
    },
    error::Result,
    messages::{Message, attached, markup},
    schema::{mentions, messages, upkeep},
};

/// The id up to which all messages are rendered by a version. `None` if all messages are.
pub fn rerendered(conn: &mut Conn, version: i32) -> Result<Option<i64>> {
    let row = upkeep::table.find(name(version)).select(upkeep::done);
    let done = row.first(conn).optional()?.unwrap_or(0);
    Ok((done != i64::MAX).then_some(done))
}

/// The next messages after `after` that another version rendered, with new HTML, and the last message that was
/// examined. `None` when there are no more.
pub fn outdated(conn: &mut Conn, after: i64, most: i64) -> Result<(Option<i64>, Vec<Message>)> {
    let mut rows: Vec<MessageRow> = all()
        .filter(messages::id.gt(after))
        .order(messages::id.asc())
        .limit(most)
        .load(conn)?;
    let last = rows.last().map(|row| row.id.0);
    rows.retain(MessageRow::is_outdated);
    Ok((last, complete(conn, rows)?))
}

/// Ids that one search for an emoji covers.
const SEARCHED: i64 = 2_000;
/// Messages with an emoji that are rendered at a time.
const BATCH: i64 = 200;

/// Messages with the picture of an emoji, of the next 2,000 after `after`, with new HTML. Also the id at which the search
/// continues when there are none; `None` at the end.
pub fn with_emoji(conn: &mut Conn, token: &str, after: i64) -> Result<(Option<i64>, Vec<Message>)> {
    let picture = format!("%<img class=\"custom-emoji\" src=\"/e/{token}\"%");
    let newest: Option<i64> = messages::table.select(max(messages::id)).first(conn)?;
    let end = after + SEARCHED;
    let mut rows: Vec<MessageRow> = all()
        .filter(messages::id.gt(after))
        .filter(messages::id.le(end))
        .filter(messages::html.like(picture))
        .limit(BATCH)
        .load(conn)?;
    rows.iter_mut().for_each(MessageRow::outdate);
    let next = newest.is_some_and(|newest| newest > end).then_some(end);
    Ok((next, complete(conn, rows)?))
}

/// The next messages that mention a user by name, with new HTML: at most `most`, after an id.
pub fn mentioning_user(
    conn: &mut Conn,
    user: UserId,
    (after, most): (i64, i64),
) -> Result<Vec<Message>> {
    let ids = mentions::table.filter(mentions::user_id.eq(user));
    let mut rows: Vec<MessageRow> = all()
        .filter(messages::id.gt(after))
        .filter(messages::id.eq_any(ids.select(mentions::message_id)))
        .order(messages::id.asc())
        .limit(most)
        .load(conn)?;
    rows.iter_mut().for_each(MessageRow::outdate);
    complete(conn, rows)
}

/// Stores the HTML of a message and the text that readers see in it, unless the message has changed since it was read.
pub fn set_html(conn: &mut Conn, message: &Message) -> Result<()> {
    let row = || {
        let row = messages::table.find(message.id);
        row.filter(messages::rev.eq(message.rev))
    };
    let before: Option<Option<String>> = row().select(messages::seen).first(conn).optional()?;
    let Some(before) = before else {
        return Ok(());
    };
    let html = message.html.as_str();
    let columns = (
        messages::html.eq(html),
        messages::html_version.eq(markup::VERSION),
    );
    diesel::update(row()).set(columns).execute(conn)?;
    let seen = attached::seen(message.body.as_str(), html, &message.files);
    if seen == before {
        return Ok(());
    }
    Index::update(conn, message.id, |conn| {
        diesel::update(row())
            .set(messages::seen.eq(seen))
            .execute(conn)?;
        Ok(())
    })
}

/// Stores the id up to which all messages are rendered. `None` means that everything is rendered by this version.
pub fn set_rerendered(conn: &mut Conn, version: i32, last: Option<i64>) -> Result<()> {
    let row = upkeep::table.find(name(version));
    let done = upkeep::done.eq(last.unwrap_or(i64::MAX));
    if diesel::update(row).set(done).execute(conn)? == 0 {
        diesel::insert_into(upkeep::table)
            .values((upkeep::name.eq(name(version)), done))
            .execute(conn)?;
    }
    Ok(())
}

fn name(version: i32) -> String {
    format!("html {version}")
}
