//! The room page over HTTP, and the upgrade to its socket.

pub mod history;
pub mod message;
pub mod post;
mod post_body;
mod post_files;
pub mod thread;

use std::sync::Arc;

use poem::{
    IntoResponse, Request, Response, handler,
    http::{HeaderValue, header},
    web::Path,
};

use super::{RoomPages, html::MessageStyles, socket::RoomSocket};
use crate::{
    accounts::User,
    db::ids::{MessageId, RoomId},
    error::{Error, Result},
    rooms::{self, Action, Member, RoomJson, Rooms},
    sidebar::PageState,
    web::{query::lenient_param, reply::Reply, state::State, wants::Wants},
};

/// Limit of a posted form (bytes): 10,000 characters, each with its longest escape, and the other fields.
const POST_LIMIT: usize = 256 << 10;

/// `GET /rooms/{id}`; with `?watch=1` the page refreshes itself without JavaScript, and has no message box.
#[handler]
pub async fn show(
    member: Member,
    wants: Wants,
    req: &Request,
    State(pages): State<Arc<RoomPages>>,
) -> Result<Response> {
    let newest = pages.newest.of(&member, &pages.messages).await?;
    if wants == Wants::Json {
        let list = pages.rooms.list(member.user.id).await?;
        let online = pages.app.live.online().all();
        let online = pages.rooms.among(&member, online).await?.0.len();
        let room = RoomJson::of_member(&member, &list).with(newest.rev, online);
        return Ok(Reply::json(&room).into_response());
    }
    let watching = lenient_param::<String>(req, "watch").is_some();
    let version = pages.presence.version(&member);
    let (room, size) = (member.room.clone(), pages.rooms.size(&member).await?);
    let state = (
        (room, size),
        (member.role, member.refusal(Action::Post)),
        (newest.rev, newest.names),
        version,
        watching,
    );
    let room = member.room.id;
    let messages = (newest.rev, newest.text.clone());
    let first = newest.first;
    let framed = pages.framed(member, messages, first, move |page| {
        page.watching = watching
    });
    let framed = framed.await?.with_version(state);
    let mut response = framed.into_response();
    remember(req, &mut response, room);
    Ok(response)
}

/// Stores the room in a cookie, so that `/` leads back to it.
fn remember(req: &Request, response: &mut Response, room: RoomId) {
    let cookie = format!("{LAST_ROOM}={room}");
    if cookies(req).any(|one| one == cookie) {
        return;
    }
    let year = 365 * 24 * 60 * 60;
    let cookie = format!("{cookie}; Path=/; Max-Age={year}; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// The cookie that names the room shown last.
const LAST_ROOM: &str = "room";

/// The room that this browser showed last, if its user is still a member.
pub async fn last_room(req: &Request, user: &User, rooms: &Rooms) -> Option<RoomId> {
    let mut pairs = cookies(req).filter_map(|pair| pair.split_once('='));
    let room = pairs.find_map(|(name, value)| (name == LAST_ROOM).then(|| value.parse().ok())?);
    let member = rooms.admit(user.clone(), RoomId(room?)).await.ok()?;
    Some(member.room.id)
}

/// The cookies of a request as `name=value`.
fn cookies(req: &Request) -> impl Iterator<Item = &str> {
    let headers = req.headers().get_all(header::COOKIE).iter();
    let values = headers.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split("; "))
}

/// `GET /new/{id}.css`: puts the line "new" above a message, for pages without JavaScript.
#[handler]
pub fn new_styles(Path(file): Path<String>) -> Result<Response> {
    styles(&file, |id| MessageStyles::Unread { id })
}

/// `GET /at/{id}.css`: marks the message in a URL.
#[handler]
pub fn at_styles(Path(file): Path<String>) -> Result<Response> {
    styles(&file, |id| MessageStyles::Linked { id })
}

/// Style sheet for the message whose id is the name of a file. It never changes.
fn styles(file: &str, about: fn(MessageId) -> MessageStyles) -> Result<Response> {
    let id = file.strip_suffix(".css").and_then(|id| id.parse().ok());
    let styles = about(MessageId(id.ok_or(Error::NotFound)?));
    let response = Response::builder().content_type("text/css; charset=utf-8");
    let forever = "public, max-age=31536000, immutable";
    let body = askama::Template::render(&styles)?;
    Ok(response.header(header::CACHE_CONTROL, forever).body(body))
}

/// `GET /rooms/{id}/live?after=<rev>`, with the state of the page (see [`PageState`]).
#[handler]
pub async fn listen(req: &Request, State(pages): State<Arc<RoomPages>>) -> Result<Response> {
    let after = lenient_param(req, "after").unwrap_or(0);
    let app = pages.app.clone();
    let admitted = Member::of_socket(req).await.map(|member| {
        let socket = RoomSocket::new(member.clone(), PageState::of(req), pages);
        (member.user, member.room.id, socket)
    });
    rooms::connect(req, &app, admitted, after)
}
