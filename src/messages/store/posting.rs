//! Storing a new message.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    by_time::record_clock_step,
    changes::stamp,
    grouping::grouping,
    insert::insert,
    known_names::KnownNames,
    reading::{find, one},
    room_links,
    rows::quote,
};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    messages::{
        Author, Changed, Html, Message, Posted, Quote, markup::Rendered, post::RenderedDraft,
    },
    notifications::{self, Subject, ThreadRoot},
    rooms::{self, Action},
    schema::messages,
};

/// The most users that @here mentions by name.
const HERE: usize = 200;

/// The room and author of a new message.
pub struct PostContext<'a> {
    pub room: RoomId,
    pub author: UserId,
    pub username: &'a str,
}

/// The HTML of a text with resolved mentions, and the mentioned users.
pub struct ResolvedMentions {
    pub html: Html,
    pub people: Vec<UserId>,
    /// The column `calls`.
    pub calls: i32,
}

/// Stores a draft with the room's next rev, or finds the message with its client id. Returns the message, the root of
/// its thread, which changes with the rev after that, and the users whose counts of mentions or of replies change.
pub fn post(
    conn: &mut Conn,
    context: &PostContext,
    RenderedDraft { draft, html, here }: RenderedDraft,
    now: i64,
) -> Result<(Posted, Option<Changed>, Vec<UserId>)> {
    let room = context.room;
    let (rev, display_name) = rooms::rev_and_name_for_post(conn, room, context.author)?;
    let rev = rev + 1;
    let (known, last_at) = sent_before(conn, context.author, &draft.client_id)?;
    if known && let Some(before) = find(conn, context.author, &draft.client_id)? {
        let before = same_room(before, room).map(Posted::Before)?;
        return Ok((before, None, Vec::new()));
    }
    let root = root(conn, room, draft.thread)?;
    let reply_to = draft.reply_to.filter(|_| root.is_none());
    let quote = reply_to.map(|id| quotable(conn, room, id)).transpose()?;
    let grouping = grouping(conn, (room, root), context.author, now)?;
    let mut resolved = resolve_mentions(conn, room, context.author, &html)?;
    expand_here(conn, room, &here, &mut resolved)?;
    rooms::set_rev(conn, room, rev)?;
    let mut message = Message {
        id: MessageId(0),
        room,
        rev,
        client_id: draft.client_id,
        author: Author {
            id: context.author,
            username: context.username.to_owned(),
            display_name,
        },
        body: draft.body,
        html: resolved.html,
        created_at: now,
        edited_at: None,
        deleted_at: None,
        pinned_at: None,
        pinned_by: None,
        quote,
        thread: root,
        answers: None,
        reactions: Vec::new(),
        grouping,
    };
    message.id = insert(conn, &message, resolved.calls)?;
    if last_at.is_some_and(|last_at| now < last_at) {
        record_clock_step(conn, message.id)?;
    }
    let root = root.map(|root| add_reply(conn, room, root)).transpose()?;
    let subject = Subject {
        room,
        id: message.id,
        author: context.author,
        thread: root.as_ref().map(|root| thread_root(&root.message)),
        mentioned: &resolved.people,
    };
    let concerned = notifications::record(conn, &subject)?;
    Ok((Posted::New(message), root, concerned))
}

/// Whether a client id of an author is known, and the time (ms UTC) of the newest message of any room.
fn sent_before(conn: &mut Conn, author: UserId, client_id: &str) -> Result<(bool, Option<i64>)> {
    let same = messages::table
        .filter(messages::author_id.eq(author))
        .filter(messages::client_id.eq(client_id))
        .select(messages::id);
    let newest = messages::table
        .order(messages::id.desc())
        .select(messages::created_at)
        .limit(1);
    let both = diesel::select((same.single_value(), newest.single_value()));
    let (same, last_at): (Option<MessageId>, Option<i64>) = both.get_result(conn)?;
    Ok((same.is_some(), last_at))
}

/// Returns the earlier message with the same client id if it is in `room`. Otherwise `Conflict`, because the new text
/// would be lost.
pub fn same_room(before: Message, room: RoomId) -> Result<Message> {
    match before.room == room {
        true => Ok(before),
        false => Err(Error::Conflict(
            "This client_id was already used in another room. Send the message with a new one."
                .into(),
        )),
    }
}

/// The root of the thread of a message. A message that is no reply is the root of its own thread.
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

fn quotable(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Quote> {
    let found: Option<(RoomId, Option<MessageId>)> = messages::table
        .find(id)
        .select((messages::room_id, messages::thread_id))
        .first(conn)
        .optional()?;
    let quote = match found {
        Some((found_in, None)) if found_in == room => quote(conn, id)?,
        _ => None,
    };
    quote
        .filter(|quote| quote.excerpt.is_some())
        .ok_or_else(missing)
}

/// Counts a new reply in the row of the root, which changes.
fn add_reply(conn: &mut Conn, room: RoomId, root: MessageId) -> Result<Changed> {
    count_replies(conn, root)?;
    stamp(conn, room, root)
}

/// Stores how many replies a thread has, and the newest of them.
pub fn count_replies(conn: &mut Conn, root: MessageId) -> Result<()> {
    let replies = messages::table
        .filter(messages::thread_id.eq(root))
        .filter(messages::deleted_at.is_null());
    let count: i64 = replies.count().get_result(conn)?;
    let newest = replies.order(messages::id.desc()).select(messages::id);
    let last: Option<i64> = newest.first(conn).optional()?;
    diesel::update(messages::table.find(root))
        .set((messages::answers.eq(count), messages::last_answer.eq(last)))
        .execute(conn)?;
    Ok(())
}

/// The root of a thread, for notifications.
pub fn thread_root(message: &Message) -> ThreadRoot {
    ThreadRoot {
        id: message.id,
        author: message.author.id,
    }
}

/// Values of the column `calls`: @room, or @here.
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
    let known = KnownNames::of(known);
    let person = |key: &str| known.find(key);
    Ok(ResolvedMentions {
        html: room_links::link(conn, rendered.html(&person, calls != 0))?,
        people: rendered.called(&person),
        calls,
    })
}

/// Mentions the users of @here by name. More than [`HERE`] users are mentioned as with @room.
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
