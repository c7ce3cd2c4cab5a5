//! Parts of a room's history: as a page, as a fragment, as JSON.

use poem::{
    IntoResponse, Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Data,
};
use serde::{Deserialize, Serialize};

use crate::{
    db::{ids::MessageId, time},
    error::{Error, Result},
    messages::{self, MessageJson, Messages, PAGE, Window},
    presence::Presence,
    rooms::Member,
    sidebar::{PageState, Sidebar, SidebarView},
    timeline::{
        self,
        view::{Older, RoomPage},
    },
    web::{
        cached_page::CachedHtml,
        etag,
        page::{self, html, json, see_other},
        wants::Wants,
    },
};

/// The most messages in one JSON answer.
const MOST: i64 = 200;

/// Which messages: `before` a message, `since` one (those after it), both, or the changes `after` a rev.
#[derive(Deserialize)]
pub struct Range {
    before: Option<i64>,
    after: Option<i64>,
    since: Option<i64>,
    limit: Option<i64>,
    /// A day (`2026-11-20`, UTC): a page goes to its first message.
    on: Option<String>,
}

impl Range {
    fn window(&self, limit: i64) -> Window {
        let (before, since) = (self.before.map(MessageId), self.since.map(MessageId));
        match (before, since, self.after) {
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
    messages: Data<&Messages>,
    presence: Data<&Presence>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let range: Range = req
        .params()
        .map_err(|_| Error::Invalid("before, since, after and limit are whole numbers.".into()))?;
    if let (Wants::Fragment, Some(after)) = (wants, range.after) {
        let missed = missed(&member, after, &messages, &presence).await?;
        let news = sidebar.news_since(&member, &PageState::of(req)).await?;
        return Ok(fragment(StatusCode::OK, missed + &news));
    }
    if let (Some(day), Wants::Page) = (&range.on, wants) {
        return to_day(&member, day, &messages).await;
    }
    if wants == Wants::Page {
        let read = messages.read(&member, range.window(PAGE)).await?;
        let rail = super::rail(&member, &sidebar, &presence).await?;
        return archive(member, &range, &read, rail);
    }
    let room = member.room.id;
    let Some(rev) = messages.published(room) else {
        return part(&member, wants, &range, &messages).await; // nothing is known of its rev
    };
    let tag = etag::weak((room, rev, wants == Wants::Json, req.uri().query()));
    match page::unless_changed(req.headers(), &tag) {
        Some(unchanged) => Ok(unchanged),
        None => Ok(page::tagged(
            part(&member, wants, &range, &messages).await?,
            &tag,
        )),
    }
}

/// To the first message of a day, or of the next one that has any; else to the newest.
async fn to_day(member: &Member, day: &str, messages: &Messages) -> Result<Response> {
    let what = || Error::Invalid("Name a day as 2026-11-20.".into());
    let begin = time::day_begin(day).ok_or_else(what)?;
    let room = member.room.id;
    Ok(match messages.first_since(member, begin).await? {
        Some(id) => see_other(&format!("/rooms/{room}/messages/{id}#message-{id}")),
        None => see_other(&format!("/rooms/{room}")),
    })
}

/// A part of the history, as a fragment or as JSON.
async fn part(
    member: &Member,
    wants: Wants,
    range: &Range,
    messages: &Messages,
) -> Result<Response> {
    if wants == Wants::Json {
        return list_json(member, range, messages).await;
    }
    if let (Some(_), Some(before)) = (range.since, range.before) {
        return gap(member, range, MessageId(before), messages).await;
    }
    let (room, read) = (
        member.room.id,
        messages.read(member, range.window(PAGE)).await?,
    );
    let part = match range.since {
        Some(_) => Older::going_on(room, &read),
        None => Older::new(room, &read),
    };
    html(StatusCode::OK, &part)
}

/// A part of the history as a page of its own.
fn archive(
    member: Member,
    range: &Range,
    read: &messages::Page,
    rail: SidebarView,
) -> Result<Response> {
    let room = member.room.id;
    let list = match range.since {
        Some(_) => Older::newer(room, read),
        None => Older::with_newer(room, read, range.before.is_some()),
    };
    let html = askama::Template::render(&list)?;
    let mut page = RoomPage::new(member, read.rev, rail);
    page.archive = true;
    Ok(page::pieced(
        StatusCode::OK,
        page.around(CachedHtml::new(html))?,
    ))
}

/// A part of a room's messages as programs get it.
#[derive(Serialize)]
struct ListJson<'a> {
    messages: Vec<MessageJson<'a>>,
    rev: i64,
    more: bool,
}

async fn list_json(member: &Member, range: &Range, messages: &Messages) -> Result<Response> {
    let limit = range.limit.unwrap_or(PAGE);
    if !(1..=MOST).contains(&limit) {
        return Err(Error::Invalid(format!(
            "limit is a number from 1 to {MOST}."
        )));
    }
    let read = messages.read(member, range.window(limit)).await?;
    let shown: Vec<MessageJson> = read.messages.iter().map(MessageJson::from).collect();
    let more = read.more;
    // Somebody who reads on goes on from here, also while there is more.
    let last = read
        .messages
        .last()
        .filter(|_| more && range.after.is_some());
    let rev = last.map_or(read.rev, |message| message.rev);
    Ok(json(
        StatusCode::OK,
        &ListJson {
            messages: shown,
            rev,
            more,
        },
    ))
}

/// What a page without a socket asks for every few seconds: what its socket would have sent.
async fn missed(
    member: &Member,
    after: i64,
    messages: &Messages,
    presence: &Presence,
) -> Result<String> {
    let room = member.room.id;
    let changes = messages.changes(member, after).await?;
    let missed = timeline::caught_up(room, changes)?;
    Ok(missed + &presence.now(room).html()?)
}

/// What stands in a gap, and the mark for what is left of it.
async fn gap(
    member: &Member,
    range: &Range,
    before: MessageId,
    messages: &Messages,
) -> Result<Response> {
    let room = member.room.id;
    let read = messages.read(member, range.window(MOST)).await?;
    let mut out = askama::Template::render(&Older::without_link(room, &read))?;
    if let (true, Some(last)) = (read.more, read.messages.last()) {
        let left = messages.between(member, last.id, before).await?;
        out.push_str(&messages::gap(room, left)?);
    }
    Ok(fragment(StatusCode::OK, out))
}

pub(super) fn fragment(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = text.with_status(status).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
