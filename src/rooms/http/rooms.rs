//! The directory of rooms, and creating a room.

use poem::{Request, handler, http::StatusCode};
use serde_json::json;

use super::room::{kind_of, room_json};
use crate::{
    accounts::{ServerAction, User, demand_under},
    app::App,
    error::Result,
    rooms::{
        Kind, NewRoom, RoomJson, RoomName, RoomTopic, Rooms,
        html::{NewRoomForm, RoomListPage},
    },
    web::{
        body::FormOrJson, framed::Framed, paged::ListQuery, query::lenient_param, reply::Reply,
        state::State, wants::Wants,
    },
};

/// `GET /rooms?q=&skip=`; with `?archived=1` the user's archived rooms instead, with `?mine=1` the user's rooms and
/// conversations.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    req: &Request,
    query: ListQuery,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let archived = lenient_param::<String>(req, "archived").is_some();
    let mine = !archived && lenient_param::<String>(req, "mine").is_some();
    let (words, skip) = (&query.q, query.skip());
    let found = match mine {
        true => rooms.own(&user, words, skip).await?,
        false => rooms.directory(&user, words, archived, skip).await?,
    };
    if wants == Wants::Json {
        let list = rooms.list(user.id).await?;
        let all = found.items.iter();
        let all = all.map(|summary| RoomJson::of_summary(summary, &list));
        let value = json!({ "rooms": all.collect::<Vec<_>>(), "more": found.more });
        return Ok(Reply::json(&value));
    }
    let page = RoomListPage {
        archived,
        mine,
        may_create: may_create(&app, &user),
        next: found.next,
        rooms: found.items,
        words: query.q,
    };
    Ok(Framed::new(user.viewer(), "Rooms", "/rooms", &page)?.into())
}

/// Whether the settings of the server let a user make rooms.
fn may_create(app: &App, user: &User) -> bool {
    let settings = app.settings.current();
    demand_under(&settings, user.role, ServerAction::CreateRoom).is_ok()
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

/// `GET /rooms/new`
#[handler]
pub async fn new_room(user: User, State(app): State<App>) -> Result<Reply> {
    let settings = app.settings.current();
    demand_under(&settings, user.role, ServerAction::CreateRoom)?;
    let kind = "open".into();
    let empty = NewRoomForm {
        kind,
        ..NewRoomForm::default()
    };
    framed(&user, &empty, StatusCode::OK)
}

/// `POST /rooms`
#[handler]
pub async fn create(
    user: User,
    wants: Wants,
    FormOrJson(mut form): FormOrJson<NewRoomForm, 16384>,
    State(rooms): State<Rooms>,
) -> Result<Reply> {
    let created = match form.parse() {
        Ok(parsed) => rooms.create(&user, parsed).await,
        Err(error) => Err(error),
    };
    match (created, wants) {
        (Ok(room), Wants::Json) => room_json(StatusCode::CREATED, user, room.id, &rooms).await,
        (Ok(room), _) => Ok(Reply::see_other(&format!("/rooms/{}", room.id))),
        (Err(error), Wants::Page) if error.is_shown_in_form() => {
            form.error = Some(error.to_string());
            framed(&user, &form, error.status())
        }
        (Err(error), _) => Err(error),
    }
}

fn framed(user: &User, form: &NewRoomForm, status: StatusCode) -> Result<Reply> {
    let framed = Framed::new(user.viewer(), "New room", "/rooms", form)?;
    Ok(framed.with_status(status).into())
}
