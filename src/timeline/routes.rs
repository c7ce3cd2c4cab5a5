//! The room over HTTP: page, history, posting, and the upgrade to its socket.

pub mod emoji;
mod history;
pub mod kept;
pub mod message;
pub mod names;
pub mod reactions;
pub mod thread;

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::{Data, Path},
};
use serde::Deserialize;

use super::{
    NewestPages, Services,
    posting::Post,
    socket::RoomSocket,
    view::{AtStyles, Gone, NewStyles, RoomPage},
};
use crate::{
    accounts::User,
    app::App,
    db::ids::{MessageId, RoomId},
    error::{Error, Result},
    messages::{self, MessageJson, Posted},
    presence::Presence,
    rooms::{self, Member, Rooms},
    sidebar::{PageState, RoomJson, Sidebar, SidebarView},
    web::{
        body::Sent,
        etag,
        page::{self, html, json, see_other},
        wants::Wants,
    },
};
pub use history::index;

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
    services: Data<&Arc<Services>>,
    pages: Data<&NewestPages>,
) -> Result<Response> {
    let Services {
        messages,
        presence,
        sidebar,
        ..
    } = &***services;
    let newest = pages.of(&member, messages).await?;
    if wants == Wants::Json {
        let list = sidebar.list(&member.user).await?;
        let online = presence.now(member.room.id).count;
        let room = RoomJson::of_member(&member, &list).with(newest.rev, online);
        return Ok(json(StatusCode::OK, &room));
    }
    let paused = req.params::<Show>().is_ok_and(|show| show.paused.is_some());
    let rail = rail(&member, sidebar, presence).await?;
    let version = presence.version(&member);
    let what = (&member.room, member.role, newest.rev, version);
    let tag = etag::weak((what, rail.me, rail.state(), paused));
    let unchanged = page::unless_changed(req.headers(), &tag);
    let room = member.room.id;
    let mut response = match unchanged {
        Some(unchanged) => unchanged,
        None => {
            let mut page = RoomPage::new(member, newest.rev, rail);
            page.paused = paused;
            let page = page.around(newest.sheet.clone())?;
            page::tagged(page::pieced(StatusCode::OK, page), &tag)
        }
    };
    remember(req, &mut response, room);
    Ok(response)
}

/// The rail beside the page of a room.
async fn rail(member: &Member, sidebar: &Sidebar, presence: &Presence) -> Result<SidebarView> {
    let mut rail = sidebar.rail_of(member).await?;
    rail.here = Some(presence.with(member));
    Ok(rail)
}

/// The browser keeps which room was the last one, for `/`.
fn remember(req: &Request, response: &mut Response, room: RoomId) {
    let cookie = format!("{LAST_ROOM}={room}");
    let cookies = req.headers().get_all(header::COOKIE).iter();
    let mut known = cookies.filter_map(|value| value.to_str().ok());
    if known.any(|value| value.split("; ").any(|one| one == cookie)) {
        return;
    }
    let year = 365 * 24 * 60 * 60;
    let cookie = format!("{cookie}; Path=/; Max-Age={year}; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// The name of the cookie that says which room was shown last.
const LAST_ROOM: &str = "room";

/// The room that this browser showed last, if its person is still in it.
pub async fn last_room(req: &Request, user: &User, rooms: &Rooms) -> Option<RoomId> {
    let cookies = req.headers().get_all(header::COOKIE).iter();
    let mut pairs = cookies.filter_map(|value| value.to_str().ok());
    let named = |value: &str| {
        let mut pairs = value.split("; ").filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(name, value)| (name == LAST_ROOM).then(|| value.parse().ok())?)
    };
    let room = RoomId(pairs.find_map(named)?);
    let member = rooms.admit(user.clone(), room).await.ok()?;
    Some(member.room.id)
}

/// `GET /new/{id}.css`: puts the line "new" above a message, for pages without JavaScript.
#[handler]
pub fn new_styles(Path(file): Path<String>) -> Result<Response> {
    styles(&file, |id| NewStyles { id })
}

/// `GET /at/{id}.css`: shows the message that an address names.
#[handler]
pub fn at_styles(Path(file): Path<String>) -> Result<Response> {
    styles(&file, |id| AtStyles { id })
}

/// A style sheet about the message that the name of a file has; it never changes.
fn styles<T: askama::Template>(file: &str, about: impl FnOnce(MessageId) -> T) -> Result<Response> {
    let id = file.strip_suffix(".css").and_then(|id| id.parse().ok());
    let styles = about(MessageId(id.ok_or(Error::NotFound)?));
    let response = Response::builder().content_type("text/css; charset=utf-8");
    let forever = "public, max-age=31536000, immutable";
    let body = styles.render()?;
    Ok(response.header(header::CACHE_CONTROL, forever).body(body))
}

/// `POST /rooms/{id}/messages`
#[handler]
pub async fn post(
    user: User,
    Path(room): Path<String>,
    wants: Wants,
    Sent(post): Sent<Post, POST_LIMIT>,
    services: Data<&Arc<Services>>,
    pages: Data<&NewestPages>,
) -> Result<Response> {
    // What is no number names no room (there is none of 0): the text comes back all the same.
    let room = RoomId(room.parse().unwrap_or_default());
    let admitted = services.rooms.admit(user, room).await;
    let posted = match &admitted {
        Ok(member) => say(member, wants, &post, &services).await,
        Err(error) => Err(error.clone()),
    };
    if let (Ok(member), Ok(_)) = (&admitted, &posted) {
        services.presence.wrote(member);
    }
    match (posted, wants) {
        (Ok(posted), Wants::Json) => {
            let (status, message) = status(&posted);
            Ok(json(status, &MessageJson::from(message)))
        }
        (Ok(posted), Wants::Fragment) => {
            let (status, message) = status(&posted);
            Ok(history::fragment(status, messages::push(message)?))
        }
        (Ok(_), Wants::Page) => Ok(see_other(&format!("/rooms/{room}"))),
        (Err(error), Wants::Page) => {
            not_posted(admitted.ok(), post, error, &services, &pages).await
        }
        (Err(error), _) => Err(error),
    }
}

async fn say(member: &Member, wants: Wants, sent: &Post, services: &Services) -> Result<Posted> {
    let (messages, online) = (&services.messages, &services.online);
    let draft = sent.draft(online)?;
    let posted = messages.post(member, draft).await?;
    match (&posted, wants) {
        (Posted::Before(before), Wants::Page) => {
            // Two tabs may show the same page from the browser's cache, with the same client id.
            let draft = sent.draft_again(online)?;
            match draft.says(before) {
                true => Ok(posted),
                false => messages.post(member, draft).await,
            }
        }
        _ => Ok(posted),
    }
}

/// The page again, with the text in its box and the reason; for who is out of the room, the text alone.
async fn not_posted(
    member: Option<Member>,
    sent: Post,
    error: Error,
    services: &Services,
    pages: &NewestPages,
) -> Result<Response> {
    let member = match (member, &error) {
        (_, Error::NotFound) => return html(error.status(), &Gone::new(sent.body)),
        (Some(member), Error::Invalid(_) | Error::TooMany(..)) => member,
        (Some(member), Error::Unavailable(_) | Error::Forbidden(_)) => member,
        _ => return Err(error),
    };
    let newest = pages.of(&member, &services.messages).await?;
    let rail = rail(&member, &services.sidebar, &services.presence).await?;
    let mut page = RoomPage::new(member, newest.rev, rail);
    (page.paused, page.draft, page.error) = (true, sent.body, Some(error.to_string()));
    let page = page.around(newest.sheet.clone())?;
    let mut response = page::pieced(error.status(), page);
    error.say_when(response.headers_mut());
    Ok(response)
}

fn status(posted: &Posted) -> (StatusCode, &messages::Message) {
    match posted {
        Posted::New(message) => (StatusCode::CREATED, message),
        Posted::Before(message) => (StatusCode::OK, message),
    }
}

/// `GET /rooms/{id}/live?after=<rev>`, and what the page says of itself (see [`PageState`])
#[handler]
pub async fn listen(
    req: &Request,
    app: Data<&App>,
    services: Data<&Arc<Services>>,
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
        let reader = RoomSocket::new(member.clone(), PageState::of(req), services.clone());
        (member, reader)
    });
    rooms::connect(req, &app, admitted, after)
}
