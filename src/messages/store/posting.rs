//! Storing a new message.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    by_time::record_clock_step,
    changes::stamp,
    grouping,
    insert::insert,
    known_names::KnownNames,
    post_state::PostState,
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
    files,
    messages::{Author, Changed, Html, Message, Quote, draft::RenderedDraft, markup::Rendered},
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

/// A post that was checked.
pub enum Checked {
    New(NewMessage),
    /// The author has sent it before.
    Before(Message),
}

/// A message that is ready to be stored.
pub struct NewMessage {
    message: Message,
    /// The users whom it mentions by name.
    mentioned: Vec<UserId>,
    /// The column `calls`.
    calls: i32,
    /// Whether the clock was set back since the newest message of any room.
    is_clock_step: bool,
    /// Whether slow mode limits the author.
    is_slow: bool,
}

impl NewMessage {
    /// Bytes of its text.
    pub fn text_size(&self) -> usize {
        self.message.body.as_str().len()
    }
}

/// A new message, the root of its thread, which changes with the rev after that of the message, and the users whose
/// counts of mentions or of replies change.
pub type Stored = (Message, Option<Changed>, Vec<UserId>);

/// Checks a post and reads all that its message consists of. Nothing is changed.
///
/// # Errors
/// `NotFound` for a user who is no longer a member, `Forbidden` and `TooMany` as
/// [`rooms::author_state`], `Conflict` if the quoted message or
/// the thread was deleted, if a file is not finished, or if the client id was used in another room.
pub fn check_post(
    conn: &mut Conn,
    state: &mut PostState,
    context: &PostContext,
    RenderedDraft {
        draft, html, here, ..
    }: RenderedDraft,
    now: i64,
) -> Result<Checked> {
    let (room, author) = (context.room, context.author);
    let author_state = match state.context(conn, room, author) {
        // A repeated post is answered even if the room takes no new one.
        Err(refused @ (Error::Forbidden(_) | Error::TooMany(..))) => {
            let before = sent_before(conn, author, &draft.client_id)?;
            return same_room(before.ok_or(refused)?, room).map(Checked::Before);
        }
        context => context?,
    };
    if let Some(before) = sent_before(conn, author, &draft.client_id)? {
        return same_room(before, room).map(Checked::Before);
    }
    let root = root(conn, room, draft.thread)?;
    let reply_to = draft.reply_to.filter(|_| root.is_none());
    let quote = reply_to.map(|id| quotable(conn, room, id)).transpose()?;
    let last = match root {
        None => state.last(conn, room)?,
        Some(_) => grouping::last(conn, (room, root))?,
    };
    let grouping = grouping::grouping(conn, (room, root), last, author, now)?;
    let files = files::to_post(conn, author, &draft.files, now)?;
    let mut resolved = resolve_mentions(conn, room, author, &html)?;
    expand_here(conn, room, &here, &mut resolved)?;
    let message = Message {
        id: MessageId(0),
        room,
        rev: author_state.rev + 1,
        client_id: draft.client_id,
        author: Author {
            id: author,
            username: context.username.to_owned(),
            display_name: author_state.display_name,
            avatar: author_state.avatar,
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
        files,
        previews: Vec::new(),
        grouping,
    };
    let last_at = state.last_at(conn)?;
    Ok(Checked::New(NewMessage {
        message,
        mentioned: resolved.people,
        calls: resolved.calls,
        is_clock_step: last_at.is_some_and(|last_at| now < last_at),
        is_slow: author_state.is_slow,
    }))
}

/// Stores a message with the room's next rev.
pub fn insert_post(conn: &mut Conn, state: &mut PostState, new: NewMessage) -> Result<Stored> {
    let NewMessage {
        mut message,
        mentioned,
        calls,
        is_clock_step,
        is_slow,
    } = new;
    message.id = insert(conn, &message, calls)?;
    files::attach(conn, message.room, message.id, &message.files)?;
    rooms::set_rev(conn, message.room, message.rev)?;
    if is_clock_step {
        record_clock_step(conn, message.id)?;
    }
    if is_slow {
        rooms::record_post(conn, message.room, message.author.id, message.created_at)?;
    }
    let reply = message
        .thread
        .map(|root| add_reply(conn, message.room, root));
    let root = reply.transpose()?;
    state.posted(&message);
    let subject = Subject {
        room: message.room,
        id: message.id,
        author: message.author.id,
        thread: root.as_ref().map(|root| thread_root(&root.message)),
        mentioned: &mentioned,
    };
    let concerned = notifications::record(conn, &subject)?;
    Ok((message, root, concerned))
}

/// The message that the author has sent with the same client id.
fn sent_before(conn: &mut Conn, author: UserId, client_id: &str) -> Result<Option<Message>> {
    let same = messages::table
        .filter(messages::author_id.eq(author))
        .filter(messages::client_id.eq(client_id));
    let known: Option<MessageId> = same.select(messages::id).first(conn).optional()?;
    match known {
        Some(_) => find(conn, author, client_id),
        None => Ok(None),
    }
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
        html: room_links::link(conn, rendered.html(&person, calls != 0), rendered)?,
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
