//! The list of rooms, and making one.

use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde::Deserialize;
use serde_json::json;

use super::Query;
use crate::{
    accounts::User,
    directory::view::{Card, NewRoomPage, RoomList},
    error::{Error, Result},
    rooms::{Kind, NewRoom, ROOMS_LISTED, RoomName, RoomTopic, Rooms},
    sidebar::{RoomJson, Sidebar},
    web::{
        body::Sent,
        page::{Page, html, json as answer, see_other},
        wants::Wants,
    },
};

/// `GET /rooms?q=`
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    req: &Request,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let query = Query::of(req)?;
    let archived = query.archived.is_some();
    let found = rooms.directory(&user, &query.q, archived, query.skip());
    let (found, more) = found.await?;
    if wants == Wants::Json {
        let list = sidebar.list(&user).await?;
        let all = found
            .iter()
            .map(|listing| RoomJson::of_listing(listing, &list));
        let value = json!({ "rooms": all.collect::<Vec<_>>(), "more": more });
        return Ok(answer(StatusCode::OK, &value));
    }
    let page = RoomList {
        page: Page::new("Rooms"),
        rail: sidebar.rail(&user, "/rooms").await?,
        archived,
        rooms: found.into_iter().map(Card::from).collect(),
        next: more.then(|| query.skip() + ROOMS_LISTED),
        words: query.q,
    };
    html(StatusCode::OK, &page)
}

/// What the form and programs send.
#[derive(Deserialize)]
pub struct NewRoomForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    kind: String,
}

impl NewRoomForm {
    fn parse(&self) -> Result<NewRoom> {
        Ok(NewRoom {
            name: RoomName::parse(&self.name)?,
            topic: RoomTopic::parse(&self.topic)?,
            kind: kind_of(&self.kind)?.unwrap_or(Kind::Open),
        })
    }
}

/// A kind by its name; none for no name.
pub fn kind_of(name: &str) -> Result<Option<Kind>> {
    match name {
        "" => Ok(None),
        "open" => Ok(Some(Kind::Open)),
        "closed" => Ok(Some(Kind::Closed)),
        _ => Err(Error::Invalid("A room is open or closed.".into())),
    }
}

/// `GET /rooms/new`
#[handler]
pub async fn new_room(user: User, sidebar: Data<&Sidebar>) -> Result<Response> {
    let empty = NewRoomForm {
        name: String::new(),
        topic: String::new(),
        kind: "open".into(),
    };
    form_page(StatusCode::OK, &user, empty, None, &sidebar).await
}

/// `POST /rooms`
#[handler]
pub async fn create(
    user: User,
    wants: Wants,
    Sent(form): Sent<NewRoomForm, 16384>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let created = match form.parse() {
        Ok(parsed) => rooms.create(&user, parsed).await,
        Err(error) => Err(error),
    };
    match (created, wants) {
        (Ok(room), Wants::Json) => {
            let member = rooms.admit(user, room.id).await?;
            let list = sidebar.list(&member.user).await?;
            let room = RoomJson::of_member(&member, &list);
            Ok(answer(StatusCode::CREATED, &room))
        }
        (Ok(room), _) => Ok(see_other(&format!("/rooms/{}", room.id))),
        (Err(error @ (Error::Invalid(_) | Error::Conflict(_))), Wants::Page) => {
            let (status, why) = (error.status(), error.to_string());
            form_page(status, &user, form, Some(why), &sidebar).await
        }
        (Err(error), _) => Err(error),
    }
}

async fn form_page(
    status: StatusCode,
    user: &User,
    form: NewRoomForm,
    error: Option<String>,
    sidebar: &Sidebar,
) -> Result<Response> {
    let page = NewRoomPage {
        page: Page::new("New room"),
        rail: sidebar.rail(user, "/rooms").await?,
        name: form.name,
        topic: form.topic,
        kind: form.kind,
        error,
    };
    html(status, &page)
}
