//! The lists over HTTP.

use std::collections::HashMap;

use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde::{Deserialize, Serialize};

use super::view::{Mentions, Saved, ShownMention, ShownThread, Threads};
use crate::{
    accounts::User,
    db::ids::{MessageId, RoomId},
    error::{Error, Result},
    messages::{LISTED, Message, MessageJson, Messages},
    rooms::Rooms,
    sidebar::Sidebar,
    web::{
        page::{Page, html, json},
        wants::Wants,
    },
};

/// `?skip=`, and for what is saved `?room=`.
#[derive(Deserialize)]
struct Query {
    skip: Option<i64>,
    room: Option<i64>,
}

impl Query {
    fn of(req: &Request) -> Result<Query> {
        req.params()
            .map_err(|_| Error::Invalid("skip and room are whole numbers.".into()))
    }

    fn skip(&self) -> i64 {
        self.skip.unwrap_or(0).max(0)
    }
}

/// What the rooms of a person are called by them.
struct Names(HashMap<RoomId, String>);

impl Names {
    async fn of(user: &User, sidebar: &Sidebar) -> Result<Names> {
        let list = sidebar.list(user).await?;
        let names = list.entries.iter();
        Ok(Names(
            names
                .map(|entry| (entry.room, entry.name.to_string()))
                .collect(),
        ))
    }

    /// Asked once more for each message: what is in none of their rooms any more is not shown.
    fn name(&self, message: &Message) -> Option<String> {
        self.0.get(&message.room).cloned()
    }
}

#[derive(Serialize)]
struct MentionsJson<'a> {
    messages: Vec<MentionJson<'a>>,
    more: bool,
}

#[derive(Serialize)]
struct MentionJson<'a> {
    unread: bool,
    #[serde(flatten)]
    message: MessageJson<'a>,
}

/// `GET /mentions`
#[handler]
pub async fn mentions(
    user: User,
    wants: Wants,
    req: &Request,
    messages: Data<&Messages>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let skip = Query::of(req)?.skip();
    let (found, more) = messages.mentioning(&user, skip).await?;
    if wants == Wants::Json {
        let messages = found.iter().map(|(message, unread)| MentionJson {
            unread: *unread,
            message: MessageJson::from(message),
        });
        let messages = messages.collect();
        return Ok(json(StatusCode::OK, &MentionsJson { messages, more }));
    }
    let names = Names::of(&user, &sidebar).await?;
    let shown = found.iter().filter_map(|(message, unread)| {
        Some(ShownMention::new(message, names.name(message)?, *unread))
    });
    let page = Mentions {
        page: Page::new("Mentions"),
        me: user.id,
        rail: sidebar.rail(&user, "/mentions").await?,
        mentions: shown.collect(),
        next: more.then(|| skip + LISTED),
    };
    html(StatusCode::OK, &page)
}

#[derive(Serialize)]
struct ThreadsJson<'a> {
    threads: Vec<ThreadJson<'a>>,
    more: bool,
}

#[derive(Serialize)]
struct ThreadJson<'a> {
    root: MessageJson<'a>,
    last: Option<MessageJson<'a>>,
    unread: i64,
}

/// `GET /threads`
#[handler]
pub async fn threads(
    user: User,
    wants: Wants,
    req: &Request,
    messages: Data<&Messages>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let skip = Query::of(req)?.skip();
    let (found, more) = messages.followed(&user, skip).await?;
    if wants == Wants::Json {
        let threads = found.iter().map(|thread| ThreadJson {
            root: MessageJson::from(&thread.root),
            last: thread.last.as_ref().map(MessageJson::from),
            unread: thread.unread,
        });
        let threads = threads.collect();
        return Ok(json(StatusCode::OK, &ThreadsJson { threads, more }));
    }
    let names = Names::of(&user, &sidebar).await?;
    let shown = found.iter().filter_map(|thread| {
        let room = names.name(&thread.root)?;
        Some(ShownThread::new(thread, room))
    });
    let page = Threads {
        page: Page::new("Threads"),
        me: user.id,
        rail: sidebar.rail(&user, "/threads").await?,
        threads: shown.collect(),
        next: more.then(|| skip + LISTED),
    };
    html(StatusCode::OK, &page)
}

#[derive(Serialize)]
struct SavedJson<'a> {
    messages: Vec<MessageJson<'a>>,
    more: bool,
}

#[derive(Serialize)]
struct SavedIdsJson {
    ids: Vec<MessageId>,
}

/// `GET /saved`; with `?room=`, for programs, the numbers of those of one room.
#[handler]
pub async fn saved(
    user: User,
    wants: Wants,
    req: &Request,
    messages: Data<&Messages>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let query = Query::of(req)?;
    if let (Wants::Json, Some(room)) = (wants, query.room) {
        let member = rooms.admit(user, RoomId(room)).await?;
        let ids = messages.saved_in(&member).await?;
        return Ok(json(StatusCode::OK, &SavedIdsJson { ids }));
    }
    let skip = query.skip();
    let (found, more) = messages.saved(&user, skip).await?;
    if wants == Wants::Json {
        let messages = found.iter().map(MessageJson::from).collect();
        return Ok(json(StatusCode::OK, &SavedJson { messages, more }));
    }
    let names = Names::of(&user, &sidebar).await?;
    let shown = found
        .iter()
        .filter_map(|message| Some(ShownMention::new(message, names.name(message)?, false)));
    let page = Saved {
        page: Page::new("Saved"),
        me: user.id,
        rail: sidebar.rail(&user, "/saved").await?,
        messages: shown.collect(),
        next: more.then(|| skip + LISTED),
    };
    html(StatusCode::OK, &page)
}
