//! Storing a new message.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    changes::stamp,
    reading::{find, one},
    rows::quote,
    threads,
};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    messages::{Changed, Draft, Grouping, Html, Message, Posted, markup, markup::Rendered},
    notifications::{self, Subject, ThreadRoot},
    rooms::{self, Action},
    schema::messages,
};

/// A run of one author goes on for this long (ms) after their last message.
const RUN: i64 = 5 * 60 * 1000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Maximum number of users that @here names one by one.
const HERE: usize = 200;

/// Author and room of a new message.
pub struct PostContext<'a> {
    pub room: RoomId,
    pub author: UserId,
    pub username: &'a str,
}

/// A text with its mentions resolved: its HTML, the users that it names, and whether it calls the room.
pub struct ResolvedMentions {
    pub html: Html,
    pub people: Vec<UserId>,
    /// See the column `calls`.
    pub calls: i32,
}

/// Stores a draft under the room's next rev, or finds what its client id stands for already. The message
/// whose thread it belongs to changes with it, by the rev after that.
pub fn post(
    conn: &mut Conn,
    context: &PostContext,
    draft: Draft,
    now: i64,
) -> Result<(Posted, Option<Changed>)> {
    let room = context.room;
    let rev = rooms::rev_for_post(conn, room, context.author)? + 1;
    if let Some(before) = find(conn, context.author, &draft.client_id)? {
        return Ok((same_room(before, room).map(Posted::Before)?, None));
    }
    let root = root(conn, room, draft.thread)?;
    let reply_to = draft.reply_to.filter(|_| root.is_none());
    let quote = reply_to.map(|id| quotable(conn, room, id)).transpose()?;
    let (grouping, now) = grouping(conn, context, root, now)?;
    let mut resolved = resolve_mentions(conn, room, context.author, &draft.rendered)?;
    expand_here(conn, room, &draft.here, &mut resolved)?;
    rooms::set_rev(conn, room, rev)?;
    let row = (
        (
            messages::room_id.eq(room.0),
            messages::author_id.eq(context.author.0),
            messages::client_id.eq(&draft.client_id),
            messages::body.eq(draft.body.as_str()),
            messages::html.eq(resolved.html.as_str()),
            messages::html_version.eq(markup::VERSION),
        ),
        messages::calls.eq(resolved.calls),
        messages::place.eq(grouping.to_column()),
        messages::created_rev.eq(rev),
        messages::rev.eq(rev),
        messages::created_at.eq(now),
        messages::reply_to.eq(reply_to.map(|id| id.0)),
        messages::thread_id.eq(root.map(|id| id.0)),
    );
    let insert = diesel::insert_into(messages::table).values(row);
    let id: i64 = insert.returning(messages::id).get_result(conn)?;
    let message = Message {
        id: MessageId(id),
        room,
        rev,
        client_id: draft.client_id,
        author: context.author,
        username: context.username.to_owned(),
        body: draft.body,
        html: resolved.html,
        created_at: now,
        edited_at: None,
        deleted_at: None,
        pinned_at: None,
        quote,
        thread: root,
        answers: None,
        reactions: Vec::new(),
        grouping,
    };
    let root = root.map(|root| count_reply(conn, room, root)).transpose()?;
    let subject = Subject {
        room,
        id: message.id,
        author: context.author,
        thread: root.as_ref().map(|root| thread_root(&root.message)),
        mentioned: &resolved.people,
    };
    notifications::record(conn, &subject)?;
    Ok((Posted::New(message), root))
}

/// A message that is sent again is sent to the same room: another one would lose what is new in it.
///
/// # Errors
/// `Conflict` for another room.
pub fn same_room(before: Message, room: RoomId) -> Result<Message> {
    match before.room == room {
        true => Ok(before),
        false => Err(Error::Conflict(
            "This client_id was already used in another room. Send the message with a new one."
                .into(),
        )),
    }
}

/// The message that a thread is about, for one of its answers or for itself.
fn root(conn: &mut Conn, room: RoomId, named: Option<MessageId>) -> Result<Option<MessageId>> {
    let Some(named) = named else {
        return Ok(None);
    };
    let found = one(conn, room, named)?.ok_or_else(missing)?;
    match found.thread {
        Some(root) => Ok(Some(root)),
        None if found.deleted_at.is_some() && found.answers.is_none() => Err(missing()),
        None => Ok(Some(named)),
    }
}

fn missing() -> Error {
    let what = "The message you’re replying to was deleted. Your text is still here.";
    Error::Conflict(what.into())
}

fn quotable(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<crate::messages::Quote> {
    let here: Option<(i64, Option<i64>)> = messages::table
        .find(id.0)
        .select((messages::room_id, messages::thread_id))
        .first(conn)
        .optional()?;
    let quote = match here {
        Some((of, None)) if of == room.0 => quote(conn, id)?,
        _ => None,
    };
    quote
        .filter(|quote| quote.excerpt.is_some())
        .ok_or_else(missing)
}

/// Counts a new reply on the message that its thread is about.
fn count_reply(conn: &mut Conn, room: RoomId, root: MessageId) -> Result<Changed> {
    threads::count(conn, root)?;
    stamp(conn, room, root)
}

/// The message that a thread is about, for notifications.
pub fn thread_root(message: &Message) -> ThreadRoot {
    ThreadRoot {
        id: message.id,
        author: message.author,
    }
}

/// The column `calls`: everyone, or those who were here.
const CALLS_ROOM: i32 = 1;
pub const CALLS_HERE: i32 = 2;

/// Resolves the mentions in a text by `author` in a room.
pub fn resolve_mentions(
    conn: &mut Conn,
    room: RoomId,
    author: UserId,
    rendered: &Rendered,
) -> Result<ResolvedMentions> {
    let known = match rendered.names() {
        [] => Vec::new(),
        keys => rooms::named(conn, room, keys)?,
    };
    let calls = match (rendered.calls_room(), rendered.calls_here()) {
        (false, false) => 0,
        (room_too, _) => match rooms::demand(conn, room, author, Action::Call) {
            Ok(_) if room_too => CALLS_ROOM,
            Ok(_) => CALLS_HERE,
            Err(_) => 0,
        },
    };
    let person = |key: &str| {
        let found = known.iter().find(|(of, ..)| of == key);
        found.map(|(_, id, name)| (*id, name.clone()))
    };
    Ok(ResolvedMentions {
        html: rendered.html(&person, calls != 0),
        people: known.iter().map(|(_, id, _)| *id).collect(),
        calls,
    })
}

/// If a text calls those who are here, they are named one by one; past [`HERE`] of them everyone is.
pub fn expand_here(
    conn: &mut Conn,
    room: RoomId,
    here: &[UserId],
    resolved: &mut ResolvedMentions,
) -> Result<()> {
    if resolved.calls != CALLS_HERE {
        return Ok(());
    }
    let people = rooms::among(conn, room, here)?;
    if people.len() > HERE {
        resolved.calls = CALLS_ROOM;
    } else {
        resolved.people.extend(people);
    }
    Ok(())
}

/// Where a new message would stand, and its time: never before that of the one before it.
fn grouping(
    conn: &mut Conn,
    context: &PostContext,
    root: Option<MessageId>,
    now: i64,
) -> Result<(Grouping, i64)> {
    let here = messages::table
        .filter(messages::room_id.eq(context.room.0))
        .order(messages::id.desc());
    let columns = (messages::author_id, messages::created_at);
    let last: Option<(i64, i64)> = match root {
        None => here
            .filter(messages::thread_id.is_null())
            .select(columns)
            .first(conn)
            .optional()?,
        Some(root) => here
            .filter(messages::thread_id.eq(root.0))
            .select(columns)
            .first(conn)
            .optional()?,
    };
    let Some((speaker, at)) = last else {
        let first = root.map_or(Grouping::Day, |_| Grouping::Run);
        return Ok((first, now));
    };
    let now = now.max(at);
    let grouping = match () {
        () if now / DAY != at / DAY => Grouping::Day,
        () if speaker == context.author.0 && now - at < RUN => Grouping::Continued,
        () => Grouping::Run,
    };
    Ok((grouping, now))
}
