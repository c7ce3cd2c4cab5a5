//! Joining a room, and adding or inviting others.

use poem::{handler, http::StatusCode, web::Path};
use serde::Deserialize;
use serde_json::json;

use super::members::{encoded, framed, member_reply, page};
use crate::{
    accounts::User,
    app::App,
    db::ids::RoomId,
    error::{Error, Result},
    people::{Person, PersonJson},
    rooms::{Added, Member, Role, RoomMember, Rooms, html::MemberRow, json::member_json},
    web::{body::FormOrJson, form_values::local_path, reply::Reply, state::State, wants::Wants},
};

/// Usernames to add, separated by commas or spaces; empty to join oneself.
#[derive(Deserialize)]
pub struct InviteForm {
    #[serde(default)]
    username: String,
    /// Page to open after joining.
    back: Option<String>,
}

/// `POST /rooms/{id}/members`: join, or add a user.
#[handler]
pub async fn post(
    user: User,
    Path(room): Path<String>,
    wants: Wants,
    FormOrJson(form): FormOrJson<InviteForm, 4096>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let room = room.parse().map(RoomId).map_err(|_| Error::NotFound)?;
    let joined = add(user.clone(), room, &form, &rooms).await;
    match (joined, wants) {
        (Ok((member, Some(added))), Wants::Json) => added_reply(added, &member, &app),
        (Ok((member, None)), Wants::Json) => {
            let me = rooms.among(&member, vec![user.id]).await?.0.pop();
            let me = me.ok_or(Error::NotFound)?; // removed again already
            Ok(member_reply(StatusCode::CREATED, me, &member, &app))
        }
        (Ok((_, None)), _) => {
            let room = format!("/rooms/{room}");
            Ok(Reply::see_other(&local_path(form.back.as_deref(), &room)))
        }
        (Ok((_, Some(added))), _) => {
            let names: Vec<&str> = added.invited.iter().map(|one| &*one.username).collect();
            let query = match names.is_empty() {
                true => String::new(),
                false => encoded(&[("invited", &names.join(" "))]),
            };
            Ok(Reply::see_other(&format!("/rooms/{room}/members{query}")))
        }
        (Err(error @ (Error::Invalid(_) | Error::Conflict(_))), Wants::Page) => {
            let member = rooms.admit(user, room).await?;
            let mut page = page(&member, 0, &rooms, &app).await?;
            (page.draft, page.error) = (form.username, Some(error.to_string()));
            framed(&member, &page, error.status())
        }
        (Err(error), _) => Err(error),
    }
}

/// One user as an object, several as lists. 202 if any of them was invited.
fn added_reply(mut added: Added, member: &Member, app: &App) -> Result<Reply> {
    let to_json = |person| {
        let role = Role::Member;
        member_json(&MemberRow::of(
            RoomMember {
                person,
                role,
                timed_out_until: 0,
            },
            member,
            &app.live,
        ))
    };
    let status = match added.invited.is_empty() {
        true => StatusCode::CREATED,
        false => StatusCode::ACCEPTED,
    };
    let value = match (added.members.len(), added.invited.len()) {
        (1, 0) => added.members.pop().map(to_json),
        (0, 1) => added.invited.pop().map(|person| {
            let mut value = json!(PersonJson::from(&Person::of(person, &app.live)));
            value["invited"] = true.into();
            value
        }),
        _ => {
            let invited = added.invited.into_iter();
            let invited: Vec<_> = invited.map(|one| Person::of(one, &app.live)).collect();
            let invited: Vec<_> = invited.iter().map(PersonJson::from).collect();
            let members: Vec<_> = added.members.into_iter().map(to_json).collect();
            let mut value = json!({ "members": members });
            if !invited.is_empty() {
                value["invited"] = json!(invited);
            }
            Some(value)
        }
    };
    let value = value.ok_or(Error::NotFound)?;
    Ok(Reply::json_with(status, &value))
}

/// Adds or invites the named users, or lets `user` join the room. Returns `user` as a member, and the outcome.
async fn add(
    user: User,
    room: RoomId,
    form: &InviteForm,
    rooms: &Rooms,
) -> Result<(Member, Option<Added>)> {
    let separators = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    let names = form.username.split(separators);
    let names = names.map(|name| name.trim_start_matches('@').to_owned());
    let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    let is_oneself = |name: &String| name.to_lowercase() == user.username.to_lowercase();
    let oneself = names.iter().all(is_oneself);
    match rooms.admit(user.clone(), room).await {
        Ok(member) if !names.is_empty() => {
            let added = rooms.invite(&member, names).await?;
            Ok((member, Some(added)))
        }
        Ok(_) => Err(Error::Invalid("Enter a username.".into())),
        Err(Error::NotFound) if oneself => {
            rooms.join(&user, room).await?;
            Ok((rooms.admit(user, room).await?, None))
        }
        Err(error) => Err(error),
    }
}
