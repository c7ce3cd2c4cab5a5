//! Lists over all rooms over HTTP.

use poem::{Request, handler};
use serde_json::json;

use super::html::{ListedMessage, ListedThread, MentionsPage, SavedPage, ThreadsPage};
use crate::{
    accounts::User,
    db::ids::RoomId,
    error::Result,
    messages::{MessageJson, Messages},
    reading::Reading,
    rooms::Rooms,
    threads::Threads,
    web::{
        framed::Framed, paged::ListQuery, query::param, reply::Reply, state::State, wants::Wants,
    },
};

/// `GET /mentions?skip=&unread=`
#[handler]
pub async fn mentions(
    user: User,
    wants: Wants,
    query: ListQuery,
    State((messages, rooms)): State<(Messages, Rooms)>,
) -> Result<Reply> {
    let found = messages.mentioning(&user, query.only_unread(), query.skip());
    let found = found.await?;
    if wants == Wants::Json {
        let mentions = found.items.iter();
        let messages =
            mentions.map(|(message, unread)| MessageJson::from(message).with("unread", *unread));
        let messages: Vec<_> = messages.collect();
        let value = json!({ "messages": messages, "more": found.more });
        return Ok(Reply::json(&value));
    }
    let list = rooms.list(user.id).await?;
    let mentions = found.items.iter();
    let shown =
        mentions.filter_map(|(message, unread)| ListedMessage::new(&list, message, *unread));
    let page = MentionsPage {
        me: user.id,
        username: user.username.clone(),
        only_unread: query.only_unread(),
        mentions: shown.collect(),
        next: found.next,
    };
    Ok(Framed::new(user.viewer(), "Mentions", "/mentions", &page)?.into())
}

/// `POST /mentions/read`: marks the rooms with unread mentions as read.
#[handler]
pub async fn read_mentions(
    user: User,
    wants: Wants,
    State((reading, rooms)): State<(Reading, Rooms)>,
) -> Result<Reply> {
    let list = rooms.list(user.id).await?;
    let mentioned = list.entries.iter();
    let mentioned = mentioned.filter(|entry| entry.counts.all_mentions() > 0);
    let mentioned = mentioned.map(|entry| entry.room).collect();
    reading.mark_rooms(&user, mentioned).await?;
    Ok(done(wants, "/mentions"))
}

/// `POST /threads/read`: marks the replies of all threads as read.
#[handler]
pub async fn read_threads(
    user: User,
    wants: Wants,
    State(handle): State<Threads>,
) -> Result<Reply> {
    handle.mark_all(&user).await?;
    Ok(done(wants, "/threads"))
}

fn done(wants: Wants, page: &str) -> Reply {
    match wants {
        Wants::Page => Reply::see_other(page),
        _ => Reply::no_content(),
    }
}

/// `GET /threads?skip=&unread=`
#[handler]
pub async fn threads(
    user: User,
    wants: Wants,
    query: ListQuery,
    State((threads, rooms)): State<(Threads, Rooms)>,
) -> Result<Reply> {
    let found = threads.followed(&user, query.only_unread(), query.skip());
    let found = found.await?;
    if wants == Wants::Json {
        let threads = found.items.iter().map(|thread| {
            json!({
                "root": MessageJson::from(&thread.root),
                "last": thread.last.as_ref().map(MessageJson::from),
                "unread": thread.unread,
            })
        });
        let threads: Vec<_> = threads.collect();
        let value = json!({ "threads": threads, "more": found.more });
        return Ok(Reply::json(&value));
    }
    let list = rooms.list(user.id).await?;
    let threads = found.items.iter();
    let shown = threads.filter_map(|thread| ListedThread::new(&list, thread));
    let page = ThreadsPage {
        me: user.id,
        only_unread: query.only_unread(),
        threads: shown.collect(),
        next: found.next,
    };
    Ok(Framed::new(user.viewer(), "Threads", "/threads", &page)?.into())
}

/// `GET /saved?skip=`. As JSON with `?room=`, the ids of the saved messages of one room.
#[handler]
pub async fn saved(
    user: User,
    wants: Wants,
    req: &Request,
    query: ListQuery,
    State((messages, rooms)): State<(Messages, Rooms)>,
) -> Result<Reply> {
    let in_room = param(req, "room", "room must be a whole number.")?;
    if let (Wants::Json, Some(room)) = (wants, in_room) {
        let member = rooms.admit(user, RoomId(room)).await?;
        let ids = messages.saved_in(&member).await?;
        return Ok(Reply::json(&json!({ "ids": ids })));
    }
    let found = messages.saved(&user, query.skip()).await?;
    if wants == Wants::Json {
        let messages: Vec<_> = found.items.iter().map(MessageJson::from).collect();
        let value = json!({ "messages": messages, "more": found.more });
        return Ok(Reply::json(&value));
    }
    let list = rooms.list(user.id).await?;
    let saved = found.items.iter();
    let shown = saved.filter_map(|message| ListedMessage::new(&list, message, false));
    let page = SavedPage {
        me: user.id,
        messages: shown.collect(),
        next: found.next,
    };
    Ok(Framed::new(user.viewer(), "Saved", "/saved", &page)?.into())
}
