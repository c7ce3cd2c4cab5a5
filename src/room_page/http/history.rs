//! Parts of a room's history: as a page, as a fragment, as JSON.

use std::sync::Arc;

use askama::Template;
use poem::{IntoResponse, Request, Response, handler, http::StatusCode};
use serde::Deserialize;

use crate::{
    db::{ids::MessageId, time},
    error::{Error, Result},
    messages::{self, Messages, PAGE, Window},
    room_page::{self, RoomPages, html::HistoryPart},
    rooms::Member,
    sidebar::{self, PageState},
    web::{
        cached_page::CachedText,
        etag,
        page::{self, fragment, html, see_other},
        state::State,
        wants::Wants,
    },
};

/// Limit of messages in one JSON response.
const MAX_JSON: i64 = 200;

/// Part of the history: `before` a message, `since` (after) a message, between both, or the changes `after` a rev.
#[derive(Deserialize)]
struct HistoryQuery {
    before: Option<MessageId>,
    after: Option<i64>,
    since: Option<MessageId>,
    limit: Option<i64>,
    /// Day (`2026-11-20`, UTC) whose first message a page shows.
    on: Option<String>,
}

impl HistoryQuery {
    fn window(&self, limit: i64) -> Window {
        match (self.before, self.since, self.after) {
            (Some(before), Some(since), _) => Window::Between(since, before, limit),
            (Some(before), None, _) => Window::Before(before, limit),
            (None, Some(since), _) => Window::Since(since, limit),
            (None, None, Some(after)) => Window::After(after, limit),
            (None, None, None) => Window::Newest(limit),
        }
    }
}

/// `GET /rooms/{id}/messages`
#[handler]
pub async fn index(
    member: Member,
    wants: Wants,
    req: &Request,
    State(pages): State<Arc<RoomPages>>,
) -> Result<Response> {
    let query: HistoryQuery = req.params().map_err(|_| {
        Error::Invalid("before, since, after and limit must be whole numbers.".into())
    })?;
    let messages = &pages.messages;
    if let (Wants::Fragment, Some(after)) = (wants, query.after) {
        let missed = missed(&member, after, &pages).await?;
        let state = PageState::of(req);
        let sidebar = sidebar::if_changed(&member, &state, &pages.app, &pages.rooms).await?;
        return Ok(fragment(StatusCode::OK, missed + &sidebar));
    }
    if let (Some(day), Wants::Page) = (&query.on, wants) {
        return to_day(&member, day, messages).await;
    }
    if wants == Wants::Page {
        return archive(member, &query, &pages).await;
    }
    let room = member.room.id;
    let Some(rev) = messages.published(room) else {
        return part(&member, wants, &query, &pages).await; // the room's rev is not known yet
    };
    let version = (rev, messages.names_version());
    let tag = etag::weak((room, version, wants == Wants::Json, req.uri().query()));
    if let Some(unchanged) = page::not_modified(req.headers(), &tag) {
        return Ok(unchanged);
    }
    let part = part(&member, wants, &query, &pages).await?;
    Ok(page::with_etag(part, &tag))
}

/// Redirects to the first message of a day or after it, or else to the newest message.
async fn to_day(member: &Member, day: &str, messages: &Messages) -> Result<Response> {
    let what = || Error::Invalid("Use a date like 2026-11-20.".into());
    let begin = time::day_begin(day).ok_or_else(what)?;
    let room = member.room.id;
    Ok(match messages.first_of_day(member, begin).await? {
        Some(id) => see_other(&format!("/rooms/{room}/messages/{id}#message-{id}")),
        None => see_other(&format!("/rooms/{room}")),
    })
}

/// A part of the history, as a fragment or as JSON.
async fn part(
    member: &Member,
    wants: Wants,
    query: &HistoryQuery,
    pages: &RoomPages,
) -> Result<Response> {
    if wants == Wants::Json {
        return list_json(member, query, pages).await;
    }
    let messages = &pages.messages;
    if let (Some(_), Some(before)) = (query.since, query.before) {
        return gap(member, query, before, messages).await;
    }
    let room = member.room.id;
    let read = messages.read(member, query.window(PAGE)).await?;
    let part = match query.since {
        Some(_) => HistoryPart::new(room, None, &read, read.more),
        None => HistoryPart::new(room, read.older(), &read, false),
    };
    html(StatusCode::OK, &part)
}

/// A part of the history as a page of its own.
async fn archive(member: Member, query: &HistoryQuery, pages: &RoomPages) -> Result<Response> {
    let read = pages.messages.read(&member, query.window(PAGE)).await?;
    let room = member.room.id;
    let (older, has_newer) = match query.since {
        Some(_) => (read.messages.first().map(|first| first.id), read.more),
        None => (read.older(), query.before.is_some()),
    };
    let list = HistoryPart::new(room, older, &read, has_newer);
    let shown = (read.rev, CachedText::new(list.render()?));
    let framed = pages.framed(member, shown, None, |page| page.archive = true);
    Ok(framed.await?.into_response())
}

async fn list_json(member: &Member, query: &HistoryQuery, pages: &RoomPages) -> Result<Response> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MAX_JSON).contains(&limit) {
        let what = format!("limit is a number from 1 to {MAX_JSON}.");
        return Err(Error::Invalid(what));
    }
    let window = query.window(limit);
    let text = pages.json_history.of(member, window, &pages.messages);
    Ok(page::cached_json(text.await?))
}

/// Changes for a page that polls because it has no socket, as its socket would send them.
async fn missed(member: &Member, after: i64, pages: &RoomPages) -> Result<String> {
    let room = member.room.id;
    let changes = pages.messages.changes(member, after).await?;
    let missed = room_page::changes_html(room, changes)?;
    Ok(missed + &pages.presence.now(room).html()?)
}

/// The messages in a gap, and a mark for the rest of it.
async fn gap(
    member: &Member,
    query: &HistoryQuery,
    before: MessageId,
    messages: &Messages,
) -> Result<Response> {
    let room = member.room.id;
    let read = messages.read(member, query.window(MAX_JSON)).await?;
    let mut out = HistoryPart::new(room, None, &read, false).render()?;
    if let (true, Some(last)) = (read.more, read.messages.last()) {
        let left = messages.between(member, last.id, before).await?;
        out.push_str(&messages::gap(room, left)?);
    }
    Ok(fragment(StatusCode::OK, out))
}
