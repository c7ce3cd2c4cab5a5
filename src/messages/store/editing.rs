//! Changing and deleting a message.

use diesel::{
    ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper, dsl::exists,
};
use serde::Serialize;

use super::{posting, reading::one};
use crate::{
    db::{
        Conn,
        fts::{Index, SearchIndex},
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::Result,
    files,
    messages::{Message, attached, draft::RenderedDraft, markup},
    notifications::{self, Subject},
    schema::{edits, messages, reactions, saved},
};

/// A version of a message's text.
#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = edits)]
pub struct Version {
    /// The text as typed.
    pub body: String,
    /// When this version was written (ms UTC).
    #[serde(serialize_with = "time::serialize_iso")]
    pub written_at: i64,
}

/// Replaces the text of a message and stores the previous text as a version.
pub fn edit(conn: &mut Conn, message: &Message, draft: &RenderedDraft, now: i64) -> Result<()> {
    let (id, room, body) = (message.id, message.room, &draft.draft.body);
    let before = (
        edits::message_id.eq(id),
        edits::rev.eq(message.rev),
        edits::body.eq(message.body.as_str()),
        edits::written_at.eq(message.edited_at.unwrap_or(message.created_at)),
    );
    diesel::insert_into(edits::table)
        .values(before)
        .execute(conn)?;
    let before = here_before(conn, message)?;
    let mut resolved = posting::resolve_mentions(conn, room, message.author.id, &draft.html)?;
    match before {
        Some((calls, people)) if resolved.calls == posting::CALLS_HERE => {
            resolved.calls = calls;
            resolved.people.extend(people);
        }
        _ => posting::expand_here(conn, room, &draft.here, &mut resolved)?,
    }
    let columns = (
        messages::body.eq(body.as_str()),
        messages::html.eq(resolved.html.as_str()),
        messages::html_version.eq(markup::VERSION),
        messages::seen.eq(attached::seen(
            body.as_str(),
            resolved.html.as_str(),
            &message.files,
        )),
        messages::calls.eq(resolved.calls),
        messages::edited_at.eq(now),
    );
    Index::update(conn, id, |conn| {
        let row = messages::table.find(id);
        diesel::update(row).set(columns).execute(conn)?;
        Ok(())
    })?;
    let thread = match message.thread {
        Some(root) => one(conn, room, root)?,
        None => None,
    };
    let subject = Subject {
        room,
        id,
        author: message.author.id,
        thread: thread.as_ref().map(posting::thread_root),
        mentioned: &resolved.people,
    };
    notifications::record_edit(conn, &subject)
}

/// The column `calls` of a message with @here, and the users that @here mentioned then. An edit does not mention the
/// users who are in the room at the time of the edit. `None` if @here had no effect.
fn here_before(conn: &mut Conn, message: &Message) -> Result<Option<(i32, Vec<UserId>)>> {
    let row = messages::table.find(message.id);
    let calls: i32 = row.select(messages::calls).first(conn)?;
    if calls == 0 {
        return Ok(None);
    }
    let rendered = markup::render(message.body.as_str());
    if !rendered.calls_here() || rendered.calls_room() {
        return Ok(None);
    }
    let mut here = notifications::mentioned(conn, message.id)?;
    let named = posting::resolve_mentions(conn, message.room, message.author.id, &rendered)?.people;
    here.retain(|person| !named.contains(person));
    Ok(Some((calls, here)))
}

/// Stores how many rows of previews a message has.
pub fn set_previews(conn: &mut Conn, id: MessageId, count: i32) -> Result<()> {
    let row = messages::table.find(id);
    diesel::update(row)
        .set(messages::previews.eq(count))
        .execute(conn)?;
    Ok(())
}

/// Whether the text of a message has changed since a rev. Other changes (reactions, replies) do not count.
pub fn text_changed_since(conn: &mut Conn, id: MessageId, rev: i64) -> Result<bool> {
    let later = edits::table
        .filter(edits::message_id.eq(id))
        .filter(edits::rev.ge(rev));
    Ok(diesel::select(exists(later)).get_result(conn)?)
}

/// The previous versions of a message, oldest first.
pub fn versions(conn: &mut Conn, id: MessageId) -> Result<Vec<Version>> {
    let versions = edits::table
        .filter(edits::message_id.eq(id))
        .order(edits::rev.asc())
        .select(Version::as_select());
    Ok(versions.load(conn)?)
}

/// Takes one file from a message, also from its searched text.
pub fn remove_file(conn: &mut Conn, message: &Message, token: &str) -> Result<()> {
    let id = message.id;
    let mut left = message.files.clone();
    left.retain(|file| file.token != token);
    let columns = (
        messages::seen.eq(attached::seen(
            message.body.as_str(),
            message.html.as_str(),
            &left,
        )),
        messages::files.eq(left.len() as i32),
    );
    Index::update(conn, id, |conn| {
        files::detach_one(conn, id, token)?;
        let row = messages::table.find(id);
        diesel::update(row).set(columns).execute(conn)?;
        Ok(())
    })
}

/// Erases the text of a message and all rows about it. The message itself remains as a placeholder.
pub fn delete(conn: &mut Conn, message: &Message, now: i64) -> Result<()> {
    let id = message.id;
    diesel::delete(edits::table.filter(edits::message_id.eq(id))).execute(conn)?;
    notifications::delete_mentions(conn, id)?;
    diesel::delete(reactions::table.filter(reactions::message_id.eq(id))).execute(conn)?;
    diesel::delete(saved::table.filter(saved::message_id.eq(id))).execute(conn)?;
    let columns = (
        messages::body.eq(""),
        messages::html.eq(""),
        messages::html_version.eq(markup::VERSION),
        messages::seen.eq(None::<String>),
        messages::calls.eq(0),
        messages::reply_to.eq(None::<i64>),
        messages::pinned_at.eq(None::<i64>),
        messages::pinned_by.eq(None::<UserId>),
        messages::edited_at.eq(None::<i64>),
        messages::deleted_at.eq(now),
        messages::files.eq(0),
        messages::previews.eq(0),
    );
    Index::update(conn, id, |conn| {
        let row = messages::table.find(id);
        diesel::update(row).set(columns).execute(conn)?;
        Ok(())
    })?;
    if let Some(root) = message.thread {
        posting::count_replies(conn, root)?;
    }
    Ok(())
}

/// Erases a message because of its age, like a deleted one. Lists leave it out, except for the root of a thread with
/// newer replies.
pub fn expire(conn: &mut Conn, message: &Message, now: i64) -> Result<()> {
    if message.deleted_at.is_none() {
        delete(conn, message, now)?;
    }
    diesel::update(messages::table.find(message.id))
        .set(messages::expired.eq(true))
        .execute(conn)?;
    Ok(())
}

/// Messages of a room that were sent before a time (ms UTC) and have not expired, oldest first, after one of them.
pub fn old(
    conn: &mut Conn,
    room: RoomId,
    (after, before): (Option<MessageId>, i64),
    limit: usize,
) -> Result<Vec<MessageId>> {
    let rows = messages::table
        .filter(messages::room_id.eq(room))
        .filter(messages::id.gt(after.unwrap_or(MessageId(0))))
        .filter(messages::expired.eq(false))
        .order(messages::id.asc())
        .limit(limit as i64)
        .select((messages::id, messages::created_at));
    let rows: Vec<(MessageId, i64)> = rows.load(conn)?;
    let old = rows.into_iter().filter(|(_, sent)| *sent < before);
    Ok(old.map(|(id, _)| id).collect())
}
