//! Time-outs and bans over HTTP.

use poem::{handler, web::Path};
use serde::Deserialize;

use super::members;
use crate::{
    app::App,
    error::{Error, Result},
    rooms::{Member, Rooms},
    web::{body::FormOrJson, form_values::Number, reply::Reply, state::State, wants::Wants},
};

/// Length of a time-out.
#[derive(Deserialize)]
pub struct TimeOutForm {
    minutes: Number,
}

/// `POST /rooms/{id}/members/{username}/time-out` from the form, `PUT` from programs: 0 minutes end it.
#[handler]
pub async fn time_out(
    member: Member,
    wants: Wants,
    Path((_, username)): Path<(String, String)>,
    FormOrJson(form): FormOrJson<TimeOutForm, 1024>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    // No number is refused like a negative one.
    let minutes = form.minutes.value().unwrap_or(-1);
    let changed = rooms.time_out(&member, &username, minutes).await;
    answer(&member, wants, changed, (&rooms, &app)).await
}

/// `DELETE /rooms/{id}/members/{username}/time-out`
#[handler]
pub async fn end_time_out(
    member: Member,
    wants: Wants,
    Path((_, username)): Path<(String, String)>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let changed = rooms.time_out(&member, &username, 0).await;
    answer(&member, wants, changed, (&rooms, &app)).await
}

/// `POST /rooms/{id}/bans/{username}` from the form, `PUT` from programs.
#[handler]
pub async fn ban(
    member: Member,
    wants: Wants,
    Path((_, username)): Path<(String, String)>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let changed = rooms.ban(&member, &username).await;
    answer(&member, wants, changed, (&rooms, &app)).await
}

/// `POST /rooms/{id}/bans/{username}/end` from the form, `DELETE /rooms/{id}/bans/{username}` from programs.
#[handler]
pub async fn unban(
    member: Member,
    wants: Wants,
    Path((_, username)): Path<(String, String)>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let changed = rooms.unban(&member, &username).await;
    answer(&member, wants, changed, (&rooms, &app)).await
}

/// Back to the list of members, with an error above it if the change was refused.
async fn answer(
    member: &Member,
    wants: Wants,
    changed: Result<()>,
    (rooms, app): (&Rooms, &App),
) -> Result<Reply> {
    let room = member.room.id;
    match changed {
        Ok(()) => Ok(Reply::done(wants, &format!("/rooms/{room}/members"))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) if wants == Wants::Page => {
            let mut page = members::page(member, 0, rooms, app).await?;
            page.error = Some(error.to_string());
            members::framed(member, &page, error.status())
        }
        Err(error) => Err(error),
    }
}
