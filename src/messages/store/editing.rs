//! Changing and deleting a message.

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, dsl::exists};

use super::{posting, reading::one, threads};
use crate::{
    db::{
        Conn,
        fts::{Index, SearchIndex},
        ids::{MessageId, UserId},
    },
    error::Result,
    messages::{Draft, Message, Version, markup},
    notifications::{self, Subject},
    schema::{edits, messages, reactions, saved},
};

/// Puts another text in the place of that of a message, which is kept as what it said before.
pub fn edit(conn: &mut Conn, message: &Message, draft: &Draft, now: i64) -> Result<()> {
    let (id, room, body) = (message.id, message.room, &draft.body);
    let before = (
        edits::message_id.eq(id.0),
        edits::rev.eq(message.rev),
        edits::body.eq(message.body.as_str()),
        edits::written_at.eq(message.edited_at.unwrap_or(message.created_at)),
    );
    diesel::insert_into(edits::table)
        .values(before)
        .execute(conn)?;
    Index::update(conn, id, message.body.as_str(), body.as_str())?;
    let before = here_before(conn, message)?;
    let mut meant = posting::resolve_mentions(conn, room, message.author, &draft.rendered)?;
    match before {
        Some((calls, people)) if meant.calls == posting::CALLS_HERE => {
            meant.calls = calls;
            meant.people.extend(people);
        }
        _ => posting::expand_here(conn, room, &draft.here, &mut meant)?,
    }
    diesel::update(messages::table.find(id.0))
        .set((
            messages::body.eq(body.as_str()),
            messages::html.eq(meant.html.as_str()),
            messages::html_version.eq(markup::VERSION),
            messages::calls.eq(meant.calls),
            messages::edited_at.eq(now),
        ))
        .execute(conn)?;
    let thread = match message.thread {
        Some(root) => one(conn, room, root)?,
        None => None,
    };
    let subject = Subject {
        room,
        id,
        author: message.author,
        thread: thread.as_ref().map(posting::thread_root),
        mentioned: &meant.people,
    };
    notifications::record_edit(conn, &subject)
}

/// How the @here of a message took effect (the column `calls`), and whom it named; none when it did not.
/// An edit leaves that as it was, the user who is there by then.
fn here_before(conn: &mut Conn, message: &Message) -> Result<Option<(i32, Vec<UserId>)>> {
    let row = messages::table.find(message.id.0);
    let calls: i32 = row.select(messages::calls).first(conn)?;
    if calls == 0 {
        return Ok(None);
    }
    let rendered = markup::render(message.body.as_str());
    if !rendered.calls_here() || rendered.calls_room() {
        return Ok(None);
    }
    let before = notifications::mentioned(conn, message.id)?;
    let named = posting::resolve_mentions(conn, message.room, message.author, &rendered)?.people;
    let mut here: Vec<UserId> = before;
    here.retain(|person| !named.contains(person));
    Ok(Some((calls, here)))
}

/// Whether the text of a message was changed after someone saw it at `rev`: its other changes (reactions,
/// answers) do not matter to who edits it.
pub fn text_changed_since(conn: &mut Conn, id: MessageId, rev: i64) -> Result<bool> {
    let later = edits::table
        .filter(edits::message_id.eq(id.0))
        .filter(edits::rev.ge(rev));
    Ok(diesel::select(exists(later)).get_result(conn)?)
}

/// Earlier texts of a message, oldest first.
pub fn versions(conn: &mut Conn, id: MessageId) -> Result<Vec<Version>> {
    let rows: Vec<(String, i64)> = edits::table
        .filter(edits::message_id.eq(id.0))
        .order(edits::rev.asc())
        .select((edits::body, edits::written_at))
        .load(conn)?;
    let version = |(body, written_at)| Version { body, written_at };
    Ok(rows.into_iter().map(version).collect())
}

/// Erases what a message said and what came of it; its place stays.
pub fn delete(conn: &mut Conn, message: &Message, now: i64) -> Result<()> {
    let id = message.id.0;
    Index::remove(conn, message.id, message.body.as_str())?;
    diesel::delete(edits::table.filter(edits::message_id.eq(id))).execute(conn)?;
    notifications::delete_mentions(conn, message.id)?;
    diesel::delete(reactions::table.filter(reactions::message_id.eq(id))).execute(conn)?;
    diesel::delete(saved::table.filter(saved::message_id.eq(id))).execute(conn)?;
    diesel::update(messages::table.find(id))
        .set((
            messages::body.eq(""),
            messages::html.eq(""),
            messages::html_version.eq(markup::VERSION),
            messages::calls.eq(0),
            messages::reply_to.eq(None::<i64>),
            messages::pinned_at.eq(None::<i64>),
            messages::edited_at.eq(None::<i64>),
            messages::deleted_at.eq(now),
        ))
        .execute(conn)?;
    if let Some(root) = message.thread {
        threads::count(conn, root)?;
    }
    Ok(())
}
