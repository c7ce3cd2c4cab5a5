//! The people of a room: who they are, who comes, who goes.

use std::collections::HashSet;

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};

use super::Query;
use crate::{
    accounts::{Profile, User},
    db::ids::{RoomId, UserId},
    directory::view::{Members, Neighbour, NeighbourJson},
    error::{Error, Result},
    people::{Person, PersonJson},
    presence::Presence,
    rooms::{Action, Member, Rooms, Standing},
    sidebar::{Sidebar, kind_name},
    web::{
        body::Sent,
        page::{Page, html, json, see_other},
        wants::Wants,
    },
};

/// People on a page, as the verb cuts it.
const PAGE: i64 = 100;

#[derive(Serialize)]
struct ListJson<'a> {
    members: Vec<NeighbourJson<'a>>,
    count: i64,
    more: bool,
}

/// `GET /rooms/{id}/members`: those who are here first.
#[handler]
pub async fn index(
    member: Member,
    wants: Wants,
    req: &Request,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    presence: Data<&Presence>,
) -> Result<Response> {
    let skip = Query::of(req)?.skip();
    let page = page(&member, skip, &rooms, &sidebar, &presence).await?;
    if wants == Wants::Json {
        let all = page.online.iter().chain(&page.offline);
        let list = ListJson {
            members: all.map(NeighbourJson::from).collect(),
            count: page.count,
            more: page.next.is_some(),
        };
        return Ok(json(StatusCode::OK, &list));
    }
    html(StatusCode::OK, &page)
}

/// Who is online is known in memory, so they are asked for by name, the first of them; all others come
/// page by page, also somebody who has come online since.
async fn page(
    member: &Member,
    skip: i64,
    rooms: &Rooms,
    sidebar: &Sidebar,
    presence: &Presence,
) -> Result<Members> {
    let (mut here, count) = rooms.among(member, presence.online()).await?;
    here.truncate(PAGE as usize);
    let first: HashSet<UserId> = here.iter().map(|fellow| fellow.person.id).collect();
    let (mut fellows, more) = rooms.members(member, skip).await?;
    fellows.retain(|fellow| !first.contains(&fellow.person.id));
    here.truncate(if skip == 0 { here.len() } else { 0 });
    let neighbour = |fellow| Neighbour::of(fellow, member, presence);
    Ok(Members {
        page: Page::new(&format!("People in {}", member.room.name)),
        rail: sidebar.rail_of(member).await?,
        room: member.room.clone(),
        kind: kind_name(member.room.kind),
        may_invite: member.may(Action::Invite),
        may_remove: member.may(Action::Remove),
        may_appoint: member.may(Action::Appoint),
        count,
        online: here.into_iter().map(neighbour).collect(),
        offline: fellows.into_iter().map(neighbour).collect(),
        next: more.then(|| skip + PAGE),
        draft: String::new(),
        error: None,
    })
}

/// Whom to bring in; nobody named means oneself.
#[derive(Deserialize)]
pub struct Guest {
    #[serde(default)]
    username: String,
}

/// What became of somebody who came in.
enum Came {
    Oneself(Member),
    Invited(Profile),
}

/// `POST /rooms/{id}/members`: come in, or bring somebody in.
#[handler]
pub async fn post(
    user: User,
    Path(room): Path<String>,
    wants: Wants,
    Sent(guest): Sent<Guest, 4096>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    presence: Data<&Presence>,
) -> Result<Response> {
    let room = room.parse().map(RoomId).map_err(|_| Error::NotFound)?;
    let came = bring(user.clone(), room, &guest, &rooms).await;
    match (came, wants) {
        (Ok(came), Wants::Json) => {
            let person = match came {
                Came::Invited(profile) => profile,
                Came::Oneself(member) => {
                    rooms
                        .among(&member, vec![user.id])
                        .await?
                        .0
                        .remove(0)
                        .person
                }
            };
            let person = Person::of(person, &presence);
            Ok(json(StatusCode::CREATED, &PersonJson::from(&person)))
        }
        (Ok(Came::Oneself(_)), _) => Ok(see_other(&format!("/rooms/{room}"))),
        (Ok(Came::Invited(_)), _) => Ok(see_other(&format!("/rooms/{room}/members"))),
        (Err(error @ (Error::Invalid(_) | Error::Conflict(_))), Wants::Page) => {
            let member = rooms.admit(user, room).await?;
            let mut page = page(&member, 0, &rooms, &sidebar, &presence).await?;
            (page.draft, page.error) = (guest.username, Some(error.to_string()));
            html(error.status(), &page)
        }
        (Err(error), _) => Err(error),
    }
}

async fn bring(user: User, room: RoomId, guest: &Guest, rooms: &Rooms) -> Result<Came> {
    let named = guest.username.trim().trim_start_matches('@');
    let oneself = named.to_lowercase() == user.username.to_lowercase();
    match rooms.admit(user.clone(), room).await {
        Ok(member) if !named.is_empty() => rooms.invite(&member, named).await.map(Came::Invited),
        Ok(_) => Err(Error::Invalid("Say whom, by their username.".into())),
        Err(Error::NotFound) if named.is_empty() || oneself => {
            rooms.join(&user, room).await?;
            rooms.admit(user, room).await.map(Came::Oneself)
        }
        Err(error) => Err(error),
    }
}

/// `DELETE /rooms/{id}/members/{username}`: somebody else, or oneself.
#[handler]
pub async fn put_out(
    member: Member,
    Path((_, username)): Path<(String, String)>,
    rooms: Data<&Rooms>,
) -> Result<Response> {
    rooms.remove(&member, &username).await?;
    Ok(StatusCode::NO_CONTENT.into())
}

/// What somebody is to be.
#[derive(Deserialize)]
pub struct Office {
    #[serde(default)]
    role: String,
}

impl Office {
    fn standing(&self) -> Result<Standing> {
        match self.role.as_str() {
            "owner" => Ok(Standing::Owner),
            "member" => Ok(Standing::Member),
            _ => Err(Error::Invalid("role is owner or member.".into())),
        }
    }
}

/// `PATCH /rooms/{id}/members/{username}`
#[handler]
pub async fn appoint(
    member: Member,
    Path((_, username)): Path<(String, String)>,
    Sent(office): Sent<Office, 4096>,
    rooms: Data<&Rooms>,
    presence: Data<&Presence>,
) -> Result<Response> {
    let profile = rooms
        .appoint(&member, &username, office.standing()?)
        .await?;
    let person = Person::of(profile, &presence);
    Ok(json(StatusCode::OK, &PersonJson::from(&person)))
}

/// `POST /rooms/{id}/members/{username}`: the same two from a form, `role=none` for putting out.
#[handler]
pub async fn run(
    member: Member,
    Path((_, username)): Path<(String, String)>,
    Sent(office): Sent<Office, 4096>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    presence: Data<&Presence>,
) -> Result<Response> {
    let room = member.room.id;
    let done = match office.role.as_str() {
        "none" => rooms.remove(&member, &username).await,
        _ => match office.standing() {
            Ok(standing) => rooms.appoint(&member, &username, standing).await.map(drop),
            Err(error) => Err(error),
        },
    };
    match done {
        Ok(()) => match rooms.admit(member.user, room).await {
            Ok(_) => Ok(see_other(&format!("/rooms/{room}/members"))),
            Err(_) => Ok(see_other("/rooms")), // they have left
        },
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let mut page = page(&member, 0, &rooms, &sidebar, &presence).await?;
            page.error = Some(error.to_string());
            html(error.status(), &page)
        }
        Err(error) => Err(error),
    }
}
