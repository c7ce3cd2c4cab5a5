//! Invitations: the user's own, and those to a room.

use poem::{handler, http::StatusCode, web::Path};
use serde::Deserialize;
use serde_json::json;

use super::room::room_json;
use crate::{
    accounts::User,
    db::ids::RoomId,
    error::{Error, Result},
    rooms::{Member, Rooms, html::InvitationsPage, json::invitation_json},
    web::{body::FormOrJson, framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// `GET /invitations`
#[handler]
pub async fn index(user: User, wants: Wants, State(rooms): State<Rooms>) -> Result<Reply> {
    let invitations = rooms.invitations(&user).await?;
    if wants == Wants::Json {
        let all: Vec<_> = invitations.iter().map(invitation_json).collect();
        return Ok(Reply::json(&json!({ "invitations": all })));
    }
    let error = None;
    framed(
        &user,
        &InvitationsPage { invitations, error },
        StatusCode::OK,
    )
}

fn framed(user: &User, page: &InvitationsPage, status: StatusCode) -> Result<Reply> {
    let framed = Framed::new(user.viewer(), "Invitations", "/invitations", page)?;
    Ok(framed.with_status(status).into())
}

/// The answer to an invitation: `accept` or `decline`.
#[derive(Deserialize)]
pub struct AnswerForm {
    #[serde(default)]
    answer: String,
}

/// `POST /invitations/{room}`
#[handler]
pub async fn answer(
    user: User,
    wants: Wants,
    Path(room): Path<String>,
    FormOrJson(form): FormOrJson<AnswerForm, 4096>,
    State(rooms): State<Rooms>,
) -> Result<Reply> {
    let room = room.parse().map(RoomId).map_err(|_| Error::NotFound)?;
    let accepts = match form.answer.as_str() {
        "accept" => true,
        "decline" => false,
        _ => return Err(Error::Invalid("answer must be accept or decline.".into())),
    };
    if !accepts {
        rooms.decline(&user, room).await?;
        return Ok(match wants {
            Wants::Json => Reply::no_content(),
            _ => Reply::see_other("/invitations"),
        });
    }
    match (rooms.accept(&user, room).await, wants) {
        (Ok(()), Wants::Json) => room_json(StatusCode::CREATED, user, room, &rooms).await,
        (Ok(()), _) => Ok(Reply::see_other(&format!("/rooms/{room}"))),
        (Err(error @ Error::Conflict(_)), Wants::Page) => {
            let page = InvitationsPage {
                invitations: rooms.invitations(&user).await?,
                error: Some(error.to_string()),
            };
            framed(&user, &page, error.status())
        }
        (Err(error), _) => Err(error),
    }
}

/// `DELETE /rooms/{id}/invitations/{username}`, or `POST` from the form: cancels an invitation.
#[handler]
pub async fn cancel(
    member: Member,
    wants: Wants,
    Path((_, username)): Path<(String, String)>,
    State(rooms): State<Rooms>,
) -> Result<Reply> {
    rooms.cancel_invitation(&member, &username).await?;
    let members = format!("/rooms/{}/members", member.room.id);
    Ok(match wants {
        Wants::Page => Reply::see_other(&members),
        _ => Reply::no_content(),
    })
}
