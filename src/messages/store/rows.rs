//! From rows to messages: what stands in the row itself, and what other tables add to it.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::{
    accounts::fold,
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    messages::{
        Answers, Grouping, Html, Message, QUOTED, Quote, markup, store::reactions, text::Body,
    },
    schema::{mentions, messages, users},
};

pub type MessageRow = (
    (i64, i64, i64, String, i64, String),
    (String, String, i32, i32, i32),
    (i64, Option<i64>, Option<i64>, Option<i64>),
    (Option<i64>, Option<i64>, i64, Option<i64>),
);

/// All columns of a [`Message`], with its author's name.
macro_rules! all {
    () => {
        messages::table.inner_join(users::table).select((
            (
                messages::id,
                messages::room_id,
                messages::rev,
                messages::client_id,
                messages::author_id,
                users::username,
            ),
            (
                messages::body,
                messages::html,
                messages::html_version,
                messages::calls,
                messages::place,
            ),
            (
                messages::created_at,
                messages::edited_at,
                messages::deleted_at,
                messages::pinned_at,
            ),
            (
                messages::reply_to,
                messages::thread_id,
                messages::answers,
                messages::last_answer,
            ),
        ))
    };
}
pub(super) use all;

/// Bytes of text and HTML in a row.
pub fn weight(row: &MessageRow) -> usize {
    row.1.0.len() + row.1.1.len()
}

/// The messages of these rows, with what other tables say of them.
pub fn complete(conn: &mut Conn, rows: Vec<MessageRow>) -> Result<Vec<Message>> {
    let wanted: Vec<i64> = rows.iter().filter_map(|row| row.3.0).collect();
    let quotes = quotes(conn, wanted)?;
    let wanted: Vec<i64> = rows.iter().filter_map(|row| row.3.3).collect();
    let lasts = lasts(conn, wanted)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0.0).collect();
    let mut reactions = reactions::of(conn, &ids)?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let old = row.1.2 != markup::VERSION && row.2.2.is_none();
        let again = if old { Some(again(conn, &row)?) } else { None };
        let (id, parts) = (row.0.0, row.3);
        let mut message = plain(row)?;
        if let Some(html) = again {
            message.html = html;
        }
        message.quote = parts.0.and_then(|id| quotes.get(&id).cloned());
        message.answers = answers(parts.2, parts.3.and_then(|id| lasts.get(&id)));
        message.reactions = reactions.remove(&id).unwrap_or_default();
        messages.push(message);
    }
    Ok(messages)
}

/// Converts a row, without the quote, replies and reactions, which come from other tables.
fn plain(row: MessageRow) -> Result<Message> {
    let ((id, room, rev, client_id, author, username), (body, html, _, _, place), times, parts) =
        row;
    let (created_at, edited_at, deleted_at, pinned_at) = times;
    Ok(Message {
        id: MessageId(id),
        room: RoomId(room),
        rev,
        client_id,
        author: UserId(author),
        username,
        body: Body::stored(body),
        html: Html::stored(html),
        created_at,
        edited_at,
        deleted_at,
        pinned_at,
        quote: None,
        thread: parts.1.map(MessageId),
        answers: None,
        reactions: Vec::new(),
        grouping: Grouping::from_column(place)?,
    })
}

/// The HTML of a text that another version of the renderer made, or none.
fn again(conn: &mut Conn, row: &MessageRow) -> Result<Html> {
    let rendered = markup::render(&row.1.0);
    let named: Vec<(i64, String)> = mentions::table
        .inner_join(users::table)
        .filter(mentions::message_id.eq(row.0.0))
        .select((users::id, users::username))
        .load(conn)?;
    let known: HashMap<String, (UserId, String)> = named
        .into_iter()
        .map(|(id, name)| (fold(&name), (UserId(id), name)))
        .collect();
    Ok(rendered.html(&|key| known.get(key).cloned(), row.1.3 != 0))
}

/// Quotes by the message that is quoted; several replies may quote the same one.
type Quotes = HashMap<i64, Quote>;

fn quotes(conn: &mut Conn, ids: Vec<i64>) -> Result<Quotes> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, i64, String, String, Option<i64>)> = messages::table
        .inner_join(users::table)
        .filter(messages::id.eq_any(ids))
        .select((
            messages::id,
            users::id,
            users::username,
            messages::body,
            messages::deleted_at,
        ))
        .load(conn)?;
    let quote = |(id, author, username, body, deleted): (i64, i64, String, String, Option<i64>)| {
        let excerpt = deleted.is_none().then(|| markup::excerpt(&body, QUOTED));
        let quote = Quote {
            id: MessageId(id),
            author: UserId(author),
            username,
            excerpt,
        };
        (id, quote)
    };
    Ok(rows.into_iter().map(quote).collect())
}

/// The quote of one message.
pub fn quote(conn: &mut Conn, id: MessageId) -> Result<Option<Quote>> {
    Ok(quotes(conn, vec![id.0])?.remove(&id.0))
}

/// Authors and times of these replies.
fn lasts(conn: &mut Conn, ids: Vec<i64>) -> Result<HashMap<i64, (String, i64)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String, i64)> = messages::table
        .inner_join(users::table)
        .filter(messages::id.eq_any(ids))
        .select((messages::id, users::username, messages::created_at))
        .load(conn)?;
    let last = |(id, name, at)| (id, (name, at));
    Ok(rows.into_iter().map(last).collect())
}

fn answers(count: i64, last: Option<&(String, i64)>) -> Option<Answers> {
    let (name, at) = last?;
    Some(Answers {
        count,
        last_by: name.clone(),
        last_at: *at,
    })
}

impl Grouping {
    pub(super) fn to_column(self) -> i32 {
        match self {
            Grouping::Continued => 0,
            Grouping::Run => 1,
            Grouping::Day => 2,
        }
    }

    fn from_column(place: i32) -> Result<Grouping> {
        match place {
            0 => Ok(Grouping::Continued),
            1 => Ok(Grouping::Run),
            2 => Ok(Grouping::Day),
            other => Err(Error::Internal(format!(
                "a message stands in place {other}"
            ))),
        }
    }
}
