//! Parts of a room's history: as a page, as a fragment, as JSON.

use poem::{
    IntoResponse, Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Data,
};
use serde::{Deserialize, Serialize};

use crate::{
    db::ids::MessageId,
    error::{Error, Result},
    messages::{self, MessageJson, Messages, Window},
    presence::Presence,
    rooms::Member,
    sidebar::{Made, Rail, Sidebar},
    timeline::{
        Missed, PAGE,
        view::{Older, RoomPage},
    },
    web::{
        page::{self, html, json},
        pieces::Sheet,
        validator,
        wants::Wants,
    },
};

/// The most messages in one JSON answer.
const MOST: i64 = 200;

/// Which messages: `before` a message, or `after` a rev and maybe up to and including `until`.
#[derive(Deserialize)]
pub struct Range {
    before: Option<i64>,
    after: Option<i64>,
    until: Option<i64>,
    limit: Option<i64>,
}

impl Range {
    fn window(&self, limit: i64) -> Window {
        match (self.before, self.after, self.until) {
            (Some(id), ..) => Window::Before(MessageId(id), limit),
            (None, Some(after), Some(until)) => Window::Between(after, until, limit),
            (None, Some(after), None) => Window::After(after, limit),
            (None, None, _) => Window::Newest(limit),
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
        .map_err(|_| Error::Invalid("before, after, until and limit are whole numbers.".into()))?;
    if let (Wants::Fragment, Some(after), None) = (wants, range.after, range.until) {
        let missed = missed(&member, after, &messages, &presence).await?;
        let news = sidebar.news_since(&member, &Made::of(req)).await?;
        return Ok(fragment(StatusCode::OK, missed + &news));
    }
    if wants == Wants::Page {
        let read = messages.read(&member, range.window(PAGE)).await?;
        let rail = super::rail(&member, &sidebar, &presence).await?;
        return archive(member, &read, rail);
    }
    let room = member.room.id;
    let Some(rev) = messages.published(room) else {
        return part(&member, wants, &range, &messages).await; // nothing is known of its rev
    };
    let tag = validator::weak((room, rev, wants == Wants::Json, req.uri().query()));
    match page::unless_changed(req.headers(), &tag) {
        Some(unchanged) => Ok(unchanged),
        None => Ok(page::tagged(
            part(&member, wants, &range, &messages).await?,
            &tag,
        )),
    }
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
    if let (Some(_), Some(until)) = (range.after, range.until) {
        return gap(member, range, until, messages).await;
    }
    let read = messages.read(member, range.window(PAGE)).await?;
    html(StatusCode::OK, &Older::new(member.room.id, &read))
}

/// A part of the history as a page of its own.
fn archive(member: Member, read: &messages::Page, rail: Rail) -> Result<Response> {
    let html = askama::Template::render(&Older::new(member.room.id, read))?;
    let mut page = RoomPage::new(member, read.rev, rail);
    page.archive = true;
    Ok(page::pieced(StatusCode::OK, page.around(Sheet::new(html))?))
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
    let pieces = Missed::since(messages, member, after).await?.pieces(room)?;
    Ok(pieces.concat() + &presence.now(room).html()?)
}

/// What stands in a gap, and the mark for what is left of it.
async fn gap(member: &Member, range: &Range, until: i64, messages: &Messages) -> Result<Response> {
    let room = member.room.id;
    let read = messages.read(member, range.window(MOST)).await?;
    let mut out = askama::Template::render(&Older::without_link(room, &read))?;
    if let (true, Some(last)) = (read.more, read.messages.last()) {
        out.push_str(&messages::gap(room, last.rev, until)?);
    }
    Ok(fragment(StatusCode::OK, out))
}

pub(super) fn fragment(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = text.with_status(status).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
