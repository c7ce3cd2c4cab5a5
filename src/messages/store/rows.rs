//! Rows of the table of messages, and the messages that they make together with rows of other tables.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    dsl::{AsSelect, auto_type},
    sqlite::Sqlite,
};

use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{AvatarId, MessageId, RoomId, UserId},
    },
    emoji::{self, CustomEmojis},
    error::{Error, Result},
    files::{self, Attachment},
    link_previews::{self, LinkPreview},
    messages::{
        Answers, Author, Grouping, Html, Message, QUOTED, Quote, attached, markup,
        store::{known_names::KnownNames, reactions, room_links},
        text::Body,
    },
    schema::{former_names, mentions, messages, users},
};

/// Bytes of the HTML of one file or link preview.
const FILE_WEIGHT: usize = 1_500;
/// No version of the renderer.
const OUTDATED: i32 = -1;

/// The columns of a [`Message`], and its author's names.
#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct MessageRow {
    pub id: MessageId,
    pub room_id: RoomId,
    rev: i64,
    client_id: String,
    author_id: UserId,
    #[diesel(select_expression = users::username)]
    username: String,
    #[diesel(select_expression = users::display_name)]
    display_name: String,
    #[diesel(select_expression = users::avatar)]
    avatar: Option<AvatarId>,
    body: String,
    html: String,
    html_version: i32,
    calls: i32,
    place: i32,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    pinned_at: Option<i64>,
    pinned_by: Option<UserId>,
    reply_to: Option<MessageId>,
    thread_id: Option<MessageId>,
    answers: i64,
    last_answer: Option<MessageId>,
    files: i32,
    previews: i32,
}

impl MessageRow {
    /// Bytes of text and HTML in the row, with an estimate for its files and link previews.
    pub fn weight(&self) -> usize {
        let parts = self.files.unsigned_abs() + self.previews.unsigned_abs();
        self.body.len() + self.html.len() + FILE_WEIGHT * parts as usize
    }

    /// Whether another version of the renderer made the HTML.
    pub fn is_outdated(&self) -> bool {
        self.html_version != markup::VERSION
    }

    /// Has the HTML rendered again.
    pub fn outdate(&mut self) {
        self.html_version = OUTDATED;
    }
}

/// The query of all messages.
#[auto_type(no_type_alias)]
pub fn all() -> _ {
    let columns: AsSelect<MessageRow, Sqlite> = MessageRow::as_select();
    messages::table.inner_join(users::table).select(columns)
}

/// Makes messages of rows: adds quotes, replies and reactions, and renders outdated HTML again.
pub fn complete(conn: &mut Conn, rows: Vec<MessageRow>) -> Result<Vec<Message>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let quotes = quotes(conn, rows.iter().filter_map(|row| row.reply_to).collect())?;
    let last_replies = last_replies(conn, &rows)?;
    let pinners = authors(conn, rows.iter().filter_map(|row| row.pinned_by).collect())?;
    let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
    let mut reactions = reactions::of(conn, &ids)?;
    let mut files = files_of(conn, &rows)?;
    let known = match rows.iter().any(MessageRow::is_outdated) {
        true => emoji::custom_emoji(conn)?,
        false => CustomEmojis::default(),
    };
    let mut previews = previews_of(conn, &rows)?;
    let message = |row: MessageRow| {
        let html = match row.is_outdated() && row.deleted_at.is_none() {
            true => rendered_again(conn, &row, &known)?,
            false => Html::stored(row.html),
        };
        let last_reply = row.last_answer.and_then(|id| last_replies.get(&id));
        Ok(Message {
            id: row.id,
            room: row.room_id,
            rev: row.rev,
            client_id: row.client_id,
            author: Author {
                id: row.author_id,
                username: row.username,
                display_name: row.display_name,
                avatar: row.avatar,
            },
            body: Body::stored(row.body),
            html,
            created_at: row.created_at,
            edited_at: row.edited_at,
            deleted_at: row.deleted_at,
            pinned_at: row.pinned_at,
            pinned_by: row.pinned_by.and_then(|id| pinners.get(&id).cloned()),
            quote: row.reply_to.and_then(|id| quotes.get(&id).cloned()),
            thread: row.thread_id,
            answers: last_reply.map(|(last_by, last_at)| Answers {
                count: row.answers,
                last_by: last_by.username.clone(),
                last_author: last_by.clone(),
                last_at: *last_at,
            }),
            reactions: reactions.remove(&row.id).unwrap_or_default(),
            files: files.remove(&row.id).unwrap_or_default(),
            previews: previews.remove(&row.id).unwrap_or_default(),
            grouping: grouping(row.place)?,
        })
    };
    rows.into_iter().map(message).collect()
}

/// Files by message.
fn files_of(conn: &mut Conn, rows: &[MessageRow]) -> Result<HashMap<MessageId, Vec<Attachment>>> {
    let with_files = rows.iter().filter(|row| row.files > 0);
    let ids: Vec<MessageId> = with_files.map(|row| row.id).collect();
    let mut by_message: HashMap<MessageId, Vec<Attachment>> = HashMap::new();
    if !ids.is_empty() {
        for (message, file) in files::of_messages(conn, ids)? {
            by_message.entry(message).or_default().push(file);
        }
    }
    Ok(by_message)
}

/// Link previews by message.
fn previews_of(
    conn: &mut Conn,
    rows: &[MessageRow],
) -> Result<HashMap<MessageId, Vec<LinkPreview>>> {
    let with_previews = rows
        .iter()
        .filter(|row| row.previews > 0 && row.deleted_at.is_none());
    let ids: Vec<MessageId> = with_previews.map(|row| row.id).collect();
    let mut by_message: HashMap<MessageId, Vec<LinkPreview>> = HashMap::new();
    if !ids.is_empty() {
        for (message, preview) in link_previews::of_messages(conn, ids)? {
            by_message.entry(message).or_default().push(preview);
        }
    }
    Ok(by_message)
}

/// Renders the text of a row, with links for the users who are stored as mentioned.
fn rendered_again(conn: &mut Conn, row: &MessageRow, emoji: &CustomEmojis) -> Result<Html> {
    let rendered = markup::render_with_emoji(&row.body, emoji);
    let mentioned: Vec<(UserId, String)> = mentions::table
        .inner_join(users::table)
        .filter(mentions::message_id.eq(row.id))
        .select((users::id, users::username))
        .load(conn)?;
    let former: Vec<(UserId, String, String)> = mentions::table
        .inner_join(users::table.inner_join(former_names::table))
        .filter(mentions::message_id.eq(row.id))
        .order(former_names::id.desc())
        .select((users::id, former_names::username, users::username))
        .load(conn)?;
    let known = KnownNames::of(mentioned).with_former(former);
    let html = rendered.html(&|key| known.find(key), row.calls != 0);
    room_links::link(conn, html, &rendered)
}

/// Quotes by the id of the quoted message. Several replies may quote the same message.
fn quotes(conn: &mut Conn, ids: Vec<MessageId>) -> Result<HashMap<MessageId, Quote>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(MessageId, Author, String, i32, Option<i64>)> = messages::table
        .inner_join(users::table)
        .filter(messages::id.eq_any(id_list(ids)))
        .select((
            messages::id,
            Author::as_select(),
            messages::body,
            messages::files,
            messages::deleted_at,
        ))
        .load(conn)?;
    let quotes = rows.into_iter().map(|(id, author, body, files, deleted)| {
        let excerpt = || match files.unsigned_abs() as usize {
            count if count > 0 && body.is_empty() => attached::summary(count),
            _ => markup::excerpt(&body, QUOTED),
        };
        let quote = Quote {
            id,
            author,
            excerpt: deleted.is_none().then(excerpt),
        };
        (id, quote)
    });
    Ok(quotes.collect())
}

/// Users by id.
pub fn authors(conn: &mut Conn, ids: Vec<UserId>) -> Result<HashMap<UserId, Author>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Author> = users::table
        .filter(users::id.eq_any(ids))
        .select(Author::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|author| (author.id, author)).collect())
}

/// The quote of one message.
pub fn quote(conn: &mut Conn, id: MessageId) -> Result<Option<Quote>> {
    Ok(quotes(conn, vec![id])?.remove(&id))
}

/// Authors and times of the last replies in the threads of these messages.
fn last_replies(conn: &mut Conn, rows: &[MessageRow]) -> Result<HashMap<MessageId, (Author, i64)>> {
    let ids: Vec<MessageId> = rows.iter().filter_map(|row| row.last_answer).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(MessageId, (Author, i64))> = messages::table
        .inner_join(users::table)
        .filter(messages::id.eq_any(id_list(ids)))
        .select((messages::id, (Author::as_select(), messages::created_at)))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

fn grouping(place: i32) -> Result<Grouping> {
    let all = [Grouping::Continued, Grouping::Run, Grouping::Day];
    let found = all.into_iter().find(|grouping| *grouping as i32 == place);
    found.ok_or_else(|| Error::Internal(format!("a message stands in place {place}")))
}
