//! The members of a room: listing, joining, adding or inviting, removing, roles.

use std::collections::HashSet;

use poem::{Request, handler, http::StatusCode, web::Path};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    db::ids::UserId,
    error::{Error, Result},
    people::{Person, PersonJson},
    rooms::{
        Action, Kind, Member, PEOPLE_LISTED, Role, RoomMember, Rooms,
        html::{MemberRow, MembersPage},
        json::{banned_json, member_json},
    },
    web::{
        body::FormOrJson, form_error::FormError, framed::Framed, paged::ListQuery,
        query::lenient_param, reply::Reply, state::State, wants::Wants,
    },
};

/// `GET /rooms/{id}/members?skip=`: online members first.
#[handler]
pub async fn index(
    member: Member,
    wants: Wants,
    query: ListQuery,
    req: &Request,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let mut page = page(&member, query.skip(), &rooms, &app).await?;
    let removed = lenient_param::<String>(req, "removed");
    page.removed = removed.filter(|name| page.may_invite && is_username(name));
    let just_invited = lenient_param::<String>(req, "invited");
    page.just_invited = shown(&page.invited, &just_invited.unwrap_or_default());
    if wants == Wants::Json {
        let all = page.online.iter().chain(&page.offline);
        let members: Vec<_> = all.map(member_json).collect();
        let (count, more) = (page.count, page.next.is_some());
        let mut value = json!({ "members": members, "count": count, "more": more });
        if page.may_invite && member.room.kind == Kind::Closed {
            let invited: Vec<_> = page.invited.iter().map(PersonJson::from).collect();
            value["invited"] = json!(invited);
        }
        if page.may_remove {
            value["banned"] = page.banned.iter().map(banned_json).collect();
        }
        return Ok(Reply::json(&value));
    }
    framed(&member, &page, StatusCode::OK)
}

pub(super) fn framed(member: &Member, page: &MembersPage, status: StatusCode) -> Result<Reply> {
    let title = format!("People in {}", member.room.name);
    let framed = Framed::new(member.user.viewer(), &title, "", page)?;
    Ok(framed.in_room(member.room.id).with_status(status).into())
}

/// Members page. Online users are known in memory, so the first of them are looked up by id. All other
/// members are paged, including a user who came online between two pages.
pub(super) async fn page(
    member: &Member,
    skip: i64,
    rooms: &Rooms,
    app: &App,
) -> Result<MembersPage> {
    let (online, count) = rooms.among(member, app.live.online().all()).await?;
    let members = rooms.members(member, skip).await?;
    let viewers = app.live.notifier().viewers(member.room.id);
    let row = |one: RoomMember| MemberRow {
        is_viewing: viewers.contains(&one.person.id),
        ..MemberRow::of(one, member, &app.live)
    };
    let invited = rooms.invited(member).await?.into_iter();
    let (online, offline) = split(online, members.items, skip);
    Ok(MembersPage {
        room: member.room.clone(),
        kind: member.room.kind.name(),
        may_invite: member.may(Action::Invite),
        may_remove: member.may(Action::Remove),
        may_appoint: member.may(Action::Appoint),
        count,
        online: online.into_iter().map(row).collect(),
        offline: offline.into_iter().map(row).collect(),
        next: members.next,
        invited: invited
            .map(|one| Person::of(one.person, &app.live))
            .collect(),
        just_invited: Vec::new(),
        banned: rooms.banned(member).await?,
        removed: None,
        draft: String::new(),
        error: None,
    })
}

/// Names of those among the invited users whose usernames are in a text, separated by spaces.
fn shown(invited: &[Person], usernames: &str) -> Vec<String> {
    let usernames: Vec<&str> = usernames.split(' ').collect();
    let named = invited.iter().map(|person| &person.profile);
    let named = named.filter(|profile| usernames.contains(&&*profile.username));
    named.map(|profile| profile.shown().to_owned()).collect()
}

/// Returns the online members (first page only) and the others of this page. An online member beyond the
/// first is listed with the others, so that no member is left out.
fn split(
    mut online: Vec<RoomMember>,
    mut members: Vec<RoomMember>,
    skip: i64,
) -> (Vec<RoomMember>, Vec<RoomMember>) {
    online.truncate(PEOPLE_LISTED as usize);
    let listed: HashSet<UserId> = online.iter().map(|one| one.person.id).collect();
    members.retain(|one| !listed.contains(&one.person.id));
    match skip {
        0 => (online, members),
        _ => (Vec::new(), members),
    }
}

pub(super) fn member_reply(
    status: StatusCode,
    one: RoomMember,
    member: &Member,
    app: &App,
) -> Reply {
    let row = MemberRow::of(one, member, &app.live);
    Reply::json_with(status, &member_json(&row))
}

/// `DELETE /rooms/{id}/members/{username}`: removes another member or oneself.
#[handler]
pub async fn remove(
    member: Member,
    Path((_, username)): Path<(String, String)>,
    State(rooms): State<Rooms>,
) -> Result<Reply> {
    rooms.remove(&member, &username).await?;
    Ok(Reply::no_content())
}

/// A member's new role.
#[derive(Deserialize)]
pub struct RoleForm {
    #[serde(default)]
    role: String,
}

impl RoleForm {
    fn parse(&self) -> Result<Role> {
        match self.role.as_str() {
            "owner" => Ok(Role::Owner),
            "member" => Ok(Role::Member),
            _ => Err(Error::Invalid("role must be owner or member.".into())),
        }
    }
}

/// `PATCH /rooms/{id}/members/{username}`
#[handler]
pub async fn appoint(
    member: Member,
    Path((_, username)): Path<(String, String)>,
    FormOrJson(form): FormOrJson<RoleForm, 4096>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let role = form.parse()?;
    let person = rooms.appoint(&member, &username, role).await?;
    let changed = RoomMember {
        person,
        role,
        timed_out_until: 0,
    };
    Ok(member_reply(StatusCode::OK, changed, &member, &app))
}

/// `POST /rooms/{id}/members/{username}`: the form for both; `role=none` removes the member.
#[handler]
pub async fn change_form(
    member: Member,
    Path((_, username)): Path<(String, String)>,
    FormOrJson(form): FormOrJson<RoleForm, 4096>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let room = member.room.id;
    let mine = username.to_lowercase() == member.user.username.to_lowercase();
    let undo = match form.role.as_str() {
        "none" => encoded(&[("removed", &username)]),
        _ => String::new(),
    };
    let changed = match form.role.as_str() {
        "none" => rooms.remove(&member, &username).await,
        _ => match form.parse() {
            Ok(role) => rooms.appoint(&member, &username, role).await.map(drop),
            Err(error) => Err(error),
        },
    };
    match changed {
        Ok(()) => match rooms.admit(member.user, room).await {
            Ok(_) => Ok(Reply::see_other(&format!("/rooms/{room}/members{undo}"))),
            Err(_) => Ok(Reply::see_other("/rooms")), // the user has left
        },
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) if mine => {
            let mut page = super::room::page(&member, &rooms, &app).await?;
            page.error = Some(FormError::at("leave", error));
            super::room::framed(&member, &page)
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let mut page = page(&member, 0, &rooms, &app).await?;
            page.error = Some(error.to_string());
            framed(&member, &page, error.status())
        }
        Err(error) => Err(error),
    }
}

/// A query of these fields, with its question mark.
pub(super) fn encoded(fields: &[(&str, &str)]) -> String {
    let query = serde_urlencoded::to_string(fields);
    query.map_or_else(|_| String::new(), |query| format!("?{query}"))
}

/// Whether a text may be a username, to be shown on the page.
fn is_username(name: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=32).contains(&name.chars().count()) && name.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Profile;

    fn numbered(id: i64) -> RoomMember {
        let person = Profile {
            id: UserId(id),
            username: format!("person-{id}").into(),
            display_name: "".into(),
            about: String::new(),
            time_zone: String::new(),
            is_admin: false,
            role: "member".into(),
            suspended_until: 0,
            avatar: None,
            created_at: 0,
            access_ends: None,
            deleted_at: None,
        };
        let role = Role::Member;
        RoomMember {
            person,
            role,
            timed_out_until: 0,
        }
    }

    #[test]
    fn each_member_is_on_one_of_the_pages() {
        let all = |ids: std::ops::Range<i64>| ids.map(numbered).collect::<Vec<_>>();
        for online in [0, 1, 99, 100, 101, 170] {
            let mut listed = Vec::new();
            for skip in [0, 100, 200] {
                let page = all(skip..(skip + PEOPLE_LISTED).min(250));
                let (here, others) = split(all(0..online), page, skip);
                listed.extend(here.iter().chain(&others).map(|one| one.person.id.0));
            }
            listed.sort_unstable();
            assert_eq!(listed, (0..250).collect::<Vec<_>>(), "{online} online");
        }
    }
}
