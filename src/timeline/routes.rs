//! The room over HTTP: page, history, posting, and the upgrade to its socket.

use poem::{
    IntoResponse, Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Data,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Missed, NewestPages, PAGE,
    socket::Reader,
    view::{Older, RoomPage},
};
use crate::{
    app::App,
    db::ids::MessageId,
    error::{Error, Result},
    messages::{self, Draft, MessageJson, Messages, Posted, Window},
    presence::Presence,
    rooms::{self, Member},
    web::{
        body::Sent,
        page::{self, html, json, see_other},
        pieces::Sheet,
        validator,
        wants::Wants,
    },
};

/// The most messages in one JSON answer.
const MOST: i64 = 200;
/// 10,000 characters, each escaped in the longest way, and then some (bytes).
const POST_LIMIT: usize = 256 << 10;

/// `?paused=1`: without JavaScript, the page stands still.
#[derive(Deserialize)]
pub struct Show {
    paused: Option<String>,
}

/// `GET /rooms/{id}`
#[handler]
pub async fn show(
    member: Member,
    wants: Wants,
    req: &Request,
    messages: Data<&Messages>,
    presence: Data<&Presence>,
    pages: Data<&NewestPages>,
) -> Result<Response> {
    let newest = pages.of(&member, &messages).await?;
    if wants == Wants::Json {
        let (room, online) = (&member.room, presence.now(member.room.id).count);
        let value =
            json!({ "id": room.id, "name": &*room.name, "rev": newest.rev, "online": online });
        return Ok(json(StatusCode::OK, &value));
    }
    let paused = req.params::<Show>().is_ok_and(|show| show.paused.is_some());
    let (room, user) = (member.room.id, member.user.id);
    let (name, version) = (&member.room.name, presence.version(&member));
    let tag = validator::weak((room, name, newest.rev, user, version, paused));
    if let Some(unchanged) = page::unless_changed(req.headers(), &tag) {
        return Ok(unchanged);
    }
    let present = presence.with(&member);
    let mut page = RoomPage::new(member, newest.rev, present);
    page.paused = paused;
    let page = page.around(newest.sheet.clone())?;
    Ok(page::tagged(page::pieced(StatusCode::OK, page), &tag))
}

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
pub async fn list(
    member: Member,
    wants: Wants,
    req: &Request,
    messages: Data<&Messages>,
    presence: Data<&Presence>,
) -> Result<Response> {
    let range: Range = req
        .params()
        .map_err(|_| Error::Invalid("before, after, until and limit are whole numbers.".into()))?;
    if let (Wants::Fragment, Some(after), None) = (wants, range.after, range.until) {
        return missed(&member, after, &messages, &presence).await;
    }
    if wants == Wants::Page {
        let read = messages.read(&member, range.window(PAGE)).await?;
        return archive(member, &read, &presence);
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
fn archive(member: Member, read: &messages::Page, presence: &Presence) -> Result<Response> {
    let html = askama::Template::render(&Older::new(member.room.id, read))?;
    let present = presence.with(&member);
    let mut page = RoomPage::new(member, read.rev, present);
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
) -> Result<Response> {
    let room = member.room.id;
    let pieces = Missed::since(messages, member, after).await?.pieces(room)?;
    Ok(fragment(
        StatusCode::OK,
        pieces.concat() + &presence.now(room).html()?,
    ))
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

fn fragment(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = text.with_status(status).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// What the composer's form sends.
#[derive(Deserialize)]
pub struct Post {
    #[serde(default)]
    body: String,
    client_id: Option<String>,
}

/// `POST /rooms/{id}/messages`
#[handler]
pub async fn post(
    member: Member,
    wants: Wants,
    Sent(post): Sent<Post, POST_LIMIT>,
    messages: Data<&Messages>,
    presence: Data<&Presence>,
    pages: Data<&NewestPages>,
) -> Result<Response> {
    let posted = async {
        let draft = Draft::parse(&post.body, post.client_id.as_deref())?;
        let posted = messages.post(&member, draft).await?;
        match (&posted, wants) {
            (Posted::Before(before), Wants::Page) => {
                // Two tabs may show the same page from the browser's cache, with the same client id.
                let draft = Draft::parse(&post.body, None)?;
                match draft.says(before) {
                    true => Ok(posted),
                    false => messages.post(&member, draft).await,
                }
            }
            _ => Ok(posted),
        }
    };
    let room = member.room.id;
    match (posted.await, wants) {
        (Ok(posted), Wants::Json) => {
            let (status, message) = status(&posted);
            Ok(json(status, &MessageJson::from(message)))
        }
        (Ok(posted), Wants::Fragment) => {
            let (status, message) = status(&posted);
            Ok(fragment(status, messages::push(message)?))
        }
        (Ok(_), Wants::Page) => Ok(see_other(&format!("/rooms/{room}"))),
        (
            Err(error @ (Error::Invalid(_) | Error::TooMany(..) | Error::Unavailable(_))),
            Wants::Page,
        ) => {
            let newest = pages.of(&member, &messages).await?;
            let present = presence.with(&member);
            let mut page = RoomPage::new(member, newest.rev, present);
            (page.paused, page.draft, page.error) = (true, post.body, Some(error.to_string()));
            let page = page.around(newest.sheet.clone())?;
            let mut response = page::pieced(error.status(), page);
            error.say_when(response.headers_mut());
            Ok(response)
        }
        (Err(error), _) => Err(error),
    }
}

fn status(posted: &Posted) -> (StatusCode, &messages::Message) {
    match posted {
        Posted::New(message) => (StatusCode::CREATED, message),
        Posted::Before(message) => (StatusCode::OK, message),
    }
}

/// `GET /rooms/{id}/live?after=<rev>`
#[handler]
pub async fn listen(
    req: &Request,
    app: Data<&App>,
    messages: Data<&Messages>,
    presence: Data<&Presence>,
) -> Result<Response> {
    #[derive(Deserialize)]
    struct Place {
        after: Option<i64>,
    }
    let after = req
        .params::<Place>()
        .ok()
        .and_then(|place| place.after)
        .unwrap_or(0);
    let admitted = Member::of_socket(req).await.map(|member| {
        let reader = Reader::new(member.clone(), messages.clone(), presence.clone());
        (member, reader)
    });
    rooms::connect(req, &app, admitted, after)
}
