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
    directory::view::{MemberJson, MemberRow, Members},
    error::{Error, Result},
    live::OnlineUsers,
    rooms::{Action, Member, PEOPLE_LISTED, Role, RoomMember, Rooms},
    sidebar::{Sidebar, kind_name},
    web::{
        body::Sent,
        page::{Page, html, json, see_other},
        wants::Wants,
    },
};

#[derive(Serialize)]
struct ListJson<'a> {
    members: Vec<MemberJson<'a>>,
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
    online: Data<&OnlineUsers>,
) -> Result<Response> {
    let skip = Query::of(req)?.skip();
    let page = page(&member, skip, &rooms, &sidebar, &online).await?;
    if wants == Wants::Json {
        let all = page.online.iter().chain(&page.offline);
        let list = ListJson {
            members: all.map(MemberJson::from).collect(),
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
    online: &OnlineUsers,
) -> Result<Members> {
    let (here, count) = rooms.among(member, online.all()).await?;
    let (members, more) = rooms.members(member, skip).await?;
    let row = |one| MemberRow::of(one, member, online);
    let (online, offline) = parted(here, members, skip);
    Ok(Members {
        page: Page::new(&format!("People in {}", member.room.name)),
        rail: sidebar.rail_of(member).await?,
        room: member.room.clone(),
        kind: kind_name(member.room.kind),
        may_invite: member.may(Action::Invite),
        may_remove: member.may(Action::Remove),
        may_appoint: member.may(Action::Appoint),
        count,
        online: online.into_iter().map(row).collect(),
        offline: offline.into_iter().map(row).collect(),
        next: more.then(|| skip + PEOPLE_LISTED),
        draft: String::new(),
        error: None,
    })
}

/// The first people who are here, on the first page; and of all others those of this page. Whoever is
/// here but does not fit among the first stands with the others, so that nobody is left out.
fn parted(
    mut here: Vec<RoomMember>,
    mut members: Vec<RoomMember>,
    skip: i64,
) -> (Vec<RoomMember>, Vec<RoomMember>) {
    here.truncate(PEOPLE_LISTED as usize);
    let listed: HashSet<UserId> = here.iter().map(|one| one.person.id).collect();
    members.retain(|one| !listed.contains(&one.person.id));
    match skip {
        0 => (here, members),
        _ => (Vec::new(), members),
    }
}

/// Whom to bring in; nobody named means oneself.
#[derive(Deserialize)]
pub struct InviteForm {
    #[serde(default)]
    username: String,
}

/// What became of somebody who came in.
enum Joined {
    Oneself(Member),
    Invited(Member, Profile),
}

/// `POST /rooms/{id}/members`: come in, or bring somebody in.
#[handler]
pub async fn post(
    user: User,
    Path(room): Path<String>,
    wants: Wants,
    Sent(form): Sent<InviteForm, 4096>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    online: Data<&OnlineUsers>,
) -> Result<Response> {
    let room = room.parse().map(RoomId).map_err(|_| Error::NotFound)?;
    let came = bring(user.clone(), room, &form, &rooms).await;
    match (came, wants) {
        (Ok(Joined::Oneself(member)), Wants::Json) => {
            let (mut found, _) = rooms.among(&member, vec![user.id]).await?;
            let oneself = found.pop().ok_or(Error::NotFound)?; // put out again already
            Ok(one(StatusCode::CREATED, oneself, &member, &online))
        }
        (Ok(Joined::Invited(host, person)), Wants::Json) => {
            let role = Role::Member;
            let form = RoomMember { person, role };
            Ok(one(StatusCode::CREATED, form, &host, &online))
        }
        (Ok(Joined::Oneself(_)), _) => Ok(see_other(&format!("/rooms/{room}"))),
        (Ok(Joined::Invited(..)), _) => Ok(see_other(&format!("/rooms/{room}/members"))),
        (Err(error @ (Error::Invalid(_) | Error::Conflict(_))), Wants::Page) => {
            let member = rooms.admit(user, room).await?;
            let mut page = page(&member, 0, &rooms, &sidebar, &online).await?;
            (page.draft, page.error) = (form.username, Some(error.to_string()));
            html(error.status(), &page)
        }
        (Err(error), _) => Err(error),
    }
}

async fn bring(user: User, room: RoomId, form: &InviteForm, rooms: &Rooms) -> Result<Joined> {
    let named = form.username.trim().trim_start_matches('@');
    let oneself = named.to_lowercase() == user.username.to_lowercase();
    match rooms.admit(user.clone(), room).await {
        Ok(member) if !named.is_empty() => {
            let person = rooms.invite(&member, named).await?;
            Ok(Joined::Invited(member, person))
        }
        Ok(_) => Err(Error::Invalid("Say whom, by their username.".into())),
        Err(Error::NotFound) if named.is_empty() || oneself => {
            rooms.join(&user, room).await?;
            rooms.admit(user, room).await.map(Joined::Oneself)
        }
        Err(error) => Err(error),
    }
}

/// Somebody in the room of `member`, as JSON.
fn one(status: StatusCode, found: RoomMember, member: &Member, online: &OnlineUsers) -> Response {
    let row = MemberRow::of(found, member, online);
    json(status, &MemberJson::from(&row))
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
pub struct RoleForm {
    #[serde(default)]
    role: String,
}

impl RoleForm {
    fn role(&self) -> Result<Role> {
        match self.role.as_str() {
            "owner" => Ok(Role::Owner),
            "member" => Ok(Role::Member),
            _ => Err(Error::Invalid("role is owner or member.".into())),
        }
    }
}

/// `PATCH /rooms/{id}/members/{username}`
#[handler]
pub async fn appoint(
    member: Member,
    Path((_, username)): Path<(String, String)>,
    Sent(form): Sent<RoleForm, 4096>,
    rooms: Data<&Rooms>,
    online: Data<&OnlineUsers>,
) -> Result<Response> {
    let role = form.role()?;
    let person = rooms.appoint(&member, &username, role).await?;
    let changed = RoomMember { person, role };
    Ok(one(StatusCode::OK, changed, &member, &online))
}

/// `POST /rooms/{id}/members/{username}`: the same two from a form, `role=none` for putting out.
#[handler]
pub async fn run(
    member: Member,
    Path((_, username)): Path<(String, String)>,
    Sent(form): Sent<RoleForm, 4096>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    online: Data<&OnlineUsers>,
) -> Result<Response> {
    let room = member.room.id;
    let mine = username.to_lowercase() == member.user.username.to_lowercase();
    let done = match form.role.as_str() {
        "none" => rooms.remove(&member, &username).await,
        _ => match form.role() {
            Ok(role) => rooms.appoint(&member, &username, role).await.map(drop),
            Err(error) => Err(error),
        },
    };
    match done {
        Ok(()) => match rooms.admit(member.user, room).await {
            Ok(_) => Ok(see_other(&format!("/rooms/{room}/members"))),
            Err(_) => Ok(see_other("/rooms")), // they have left
        },
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) if mine => {
            let mut page = super::room::page(&member, &rooms, &sidebar, &online).await?;
            page.error = Some(("leave", error.to_string()));
            html(error.status(), &page)
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let mut page = page(&member, 0, &rooms, &sidebar, &online).await?;
            page.error = Some(error.to_string());
            html(error.status(), &page)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: i64) -> RoomMember {
        RoomMember {
            person: Profile {
                id: UserId(id),
                username: format!("person-{id}").into(),
                display_name: "".into(),
                about: String::new(),
                time_zone: String::new(),
                is_admin: false,
                created_at: 0,
            },
            role: Role::Member,
        }
    }

    #[test]
    fn everyone_is_on_one_of_the_pages_however_many_are_here() {
        let all = |ids: std::ops::Range<i64>| ids.map(one).collect::<Vec<_>>();
        for online in [0, 1, 99, 100, 101, 170] {
            let mut listed = Vec::new();
            for skip in [0, 100, 200] {
                let page = all(skip..(skip + PEOPLE_LISTED).min(250));
                let (here, others) = parted(all(0..online), page, skip);
                listed.extend(here.iter().chain(&others).map(|one| one.person.id.0));
            }
            listed.sort_unstable();
            assert_eq!(listed, (0..250).collect::<Vec<_>>(), "{online} online");
        }
    }
}
