//! One room: what it is, and what its reader wants of it.

use poem::{Response, handler, http::StatusCode, web::Data};
use serde::Deserialize;

use super::rooms::kind_of;
use crate::{
    directory::view::Settings,
    error::{Error, Result},
    live::OnlineUsers,
    people::Person,
    rooms::{Kind, Member, RoomChange, RoomName, RoomTopic, Rooms},
    sidebar::{RoomJson, Sidebar},
    web::{
        body::Sent,
        form_values::Flag,
        page::{html, json, see_other},
        wants::Wants,
    },
};

/// `GET /rooms/{id}/settings`
#[handler]
pub async fn settings(
    member: Member,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    online: Data<&OnlineUsers>,
) -> Result<Response> {
    let page = page(&member, &rooms, &sidebar, &online).await?;
    html(StatusCode::OK, &page)
}

pub(super) async fn page(
    member: &Member,
    rooms: &Rooms,
    sidebar: &Sidebar,
    online: &OnlineUsers,
) -> Result<Settings> {
    let mut page = Settings::new(member, sidebar.rail_of(member).await?);
    if member.room.kind == Kind::Direct {
        let (found, _) = rooms.members(member, 0).await?;
        let people = found.into_iter().map(|found| found.person);
        let others = people.filter(|person| person.id != member.user.id);
        page.people = others.map(|other| Person::of(other, online)).collect();
    }
    Ok(page)
}

/// What the form and programs send; a box that is not ticked is not sent.
#[derive(Deserialize)]
pub struct Change {
    name: Option<String>,
    name_was: Option<String>,
    topic: Option<String>,
    kind: Option<String>,
    archived: Option<Flag>,
    default: Option<Flag>,
}

impl Change {
    fn parse(&self) -> Result<RoomChange> {
        let kind = self.kind.as_deref().map(kind_of).transpose()?;
        Ok(RoomChange {
            name: self.name.as_deref().map(RoomName::parse).transpose()?,
            name_was: self.name_was.clone(),
            topic: self.topic.as_deref().map(RoomTopic::parse).transpose()?,
            kind: kind.flatten(),
            archived: Flag::maybe(self.archived.as_ref())?,
            is_default: Flag::maybe(self.default.as_ref())?,
        })
    }
}

/// `PATCH /rooms/{id}`
#[handler]
pub async fn patch(
    member: Member,
    Sent(change): Sent<Change, 16384>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let room = rooms.change(&member, change.parse()?).await?.id;
    let member = rooms.admit(member.user, room).await?;
    let list = sidebar.list(&member.user).await?;
    Ok(json(StatusCode::OK, &RoomJson::of_member(&member, &list)))
}

/// `POST /rooms/{id}/settings`: the same from the form.
#[handler]
pub async fn save(
    member: Member,
    wants: Wants,
    Sent(change): Sent<Change, 16384>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    online: Data<&OnlineUsers>,
) -> Result<Response> {
    let changed = match change.parse() {
        Ok(parsed) => rooms.change(&member, parsed).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(room) if wants == Wants::Page => Ok(see_other(&format!("/rooms/{}", room.id))),
        Ok(_) => Ok(StatusCode::NO_CONTENT.into()),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) if wants == Wants::Page => {
            let member = rooms.admit(member.user, member.room.id).await?;
            let mut page = page(&member, &rooms, &sidebar, &online).await?;
            page.name = change.name.unwrap_or(page.name);
            page.topic = change.topic.unwrap_or(page.topic);
            page.error = Some(("room", error.to_string()));
            html(error.status(), &page)
        }
        Err(error) => Err(error),
    }
}

/// The name, typed once more.
#[derive(Deserialize)]
pub struct Sure {
    #[serde(default)]
    name: String,
}

/// `DELETE /rooms/{id}`
#[handler]
pub async fn delete(
    member: Member,
    Sent(sure): Sent<Sure, 16384>,
    rooms: Data<&Rooms>,
) -> Result<Response> {
    rooms.delete(&member, &sure.name).await?;
    Ok(StatusCode::NO_CONTENT.into())
}

/// `POST /rooms/{id}/deletion`: the same from the form.
#[handler]
pub async fn delete_form(
    member: Member,
    Sent(sure): Sent<Sure, 16384>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    online: Data<&OnlineUsers>,
) -> Result<Response> {
    match rooms.delete(&member, &sure.name).await {
        Ok(()) => Ok(see_other("/rooms")),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let mut page = page(&member, &rooms, &sidebar, &online).await?;
            page.error = Some(("delete", error.to_string()));
            html(error.status(), &page)
        }
        Err(error) => Err(error),
    }
}
