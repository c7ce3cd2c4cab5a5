//! Pictures over HTTP.

use std::str::FromStr;

use poem::{Response, handler, http::header, web::Path};
use serde_json::json;

use super::{Avatars, Owner, form::PictureForm};
use crate::{
    accounts::{AVATAR_SIDES, AvatarSource, User},
    app::App,
    db::ids::{AvatarId, RoomId, UserId},
    error::{Error, Result},
    people::{self, People},
    rooms::{self, Member, Rooms},
    web::{
        form_error::FormError, page, raw_file::RawFile, reply::Reply, state::State, wants::Wants,
    },
};

/// `GET /u/{user}/{picture}/{side}`: a picture of a user, for all users. The address of an earlier picture leads to the
/// current one, or to the letters: pages that missed the change still have it.
#[handler]
pub async fn of_user(
    _user: User,
    Path((user, picture, side)): Path<(String, String, String)>,
    State(avatars): State<Avatars>,
) -> Result<Response> {
    let (user, picture) = (UserId(number(&user)?), AvatarId(number(&picture)?));
    let side = number(&side)?;
    match avatars.read(Owner::User(user), picture, side).await {
        Ok(copy) => Ok(immutable(copy)),
        Err(Error::NotFound) if AVATAR_SIDES.contains(&side) => {
            let current = avatars.current(user).await?.filter(|id| *id != picture);
            Ok(page::see_other(&match current {
                Some(current) => format!("/u/{user}/{current}/{side}"),
                None => format!("/u/{user}.svg"),
            }))
        }
        Err(error) => Err(error),
    }
}

/// `GET /rooms/{id}/picture/{picture}/{side}`: a picture of a room, for its members, and of an open room for all users.
#[handler]
pub async fn of_room(
    user: User,
    Path((room, picture, side)): Path<(String, String, String)>,
    State((avatars, rooms)): State<(Avatars, Rooms)>,
) -> Result<Response> {
    let (room, picture) = (RoomId(number(&room)?), AvatarId(number(&picture)?));
    let side = number(&side)?;
    match rooms.admit(user.clone(), room).await {
        Err(Error::NotFound) => drop(rooms.open_to(&user, room).await?),
        admitted => drop(admitted?),
    }
    let copy = avatars.read(Owner::Room(room), picture, side).await?;
    Ok(immutable(copy))
}

/// A number in a URL; `NotFound` for another text.
fn number<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::NotFound)
}

/// Response that this browser caches for good, with the policy of files of users.
fn immutable((bytes, media_type): (Vec<u8>, &'static str)) -> Response {
    let mut response = Response::builder()
        .content_type(media_type)
        .header(
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable",
        )
        .header(header::CONTENT_DISPOSITION, "inline")
        .body(bytes);
    response.extensions_mut().insert(RawFile);
    response
}

/// `POST /profile/picture`: sets one's own picture.
#[handler]
pub async fn set_own(
    user: User,
    wants: Wants,
    PictureForm(square): PictureForm,
    State((avatars, people)): State<(Avatars, People)>,
) -> Result<Reply> {
    let set = match square {
        Ok(square) => avatars.set_own(&user, square).await,
        Err(error) => Err(error),
    };
    match set {
        Ok(()) => answer_own(&user, wants, &people).await,
        Err(error) if wants == Wants::Page && is_shown(&error) => {
            let refused = FormError::at("picture", error);
            people::http::own_form(&user, &people, Some(refused)).await
        }
        Err(error) => Err(error),
    }
}

/// `DELETE /profile/picture`, and `POST /profile/picture/removal` from the form.
#[handler]
pub async fn remove_own(
    user: User,
    wants: Wants,
    State((avatars, people)): State<(Avatars, People)>,
) -> Result<Reply> {
    avatars.check_rate(&user)?;
    avatars.remove_own(&user).await?;
    answer_own(&user, wants, &people).await
}

/// The form with the new picture, or its URL.
async fn answer_own(user: &User, wants: Wants, people: &People) -> Result<Reply> {
    if wants == Wants::Page {
        return Ok(Reply::see_other("/profile"));
    }
    let profile = people.profile(&user.username).await?;
    let picture = AvatarSource::large(user.id, profile.avatar).picture_url();
    Ok(Reply::json(&json!({ "picture": picture })))
}

/// `POST /rooms/{id}/picture`: sets the picture of a room.
#[handler]
pub async fn set_of_room(
    member: Member,
    wants: Wants,
    PictureForm(square): PictureForm,
    State((avatars, rooms, app)): State<(Avatars, Rooms, App)>,
) -> Result<Reply> {
    let set = match square {
        Ok(square) => avatars.set_of_room(&member, square).await,
        Err(error) => Err(error),
    };
    match set {
        Ok(()) => answer_of_room(member, wants, &rooms).await,
        Err(error) if wants == Wants::Page && is_shown(&error) => {
            let refused = FormError::at("picture", error);
            rooms::http::room::refused_page(&member, &rooms, &app, refused).await
        }
        Err(error) => Err(error),
    }
}

/// `DELETE /rooms/{id}/picture`, and `POST /rooms/{id}/picture/removal` from the form.
#[handler]
pub async fn remove_of_room(
    member: Member,
    wants: Wants,
    State((avatars, rooms)): State<(Avatars, Rooms)>,
) -> Result<Reply> {
    avatars.check_rate(&member.user)?;
    avatars.remove_of_room(&member).await?;
    answer_of_room(member, wants, &rooms).await
}

/// The settings with the new picture, or its URL.
async fn answer_of_room(member: Member, wants: Wants, rooms: &Rooms) -> Result<Reply> {
    let room = member.room.id;
    if wants == Wants::Page {
        return Ok(Reply::see_other(&format!("/rooms/{room}/settings")));
    }
    let member = rooms.admit(member.user, room).await?;
    let picture = member.room.icon().picture_url();
    Ok(Reply::json(&json!({ "picture": picture })))
}

/// Whether the page of the form shows an error.
fn is_shown(error: &Error) -> bool {
    error.is_shown_in_form() || matches!(error, Error::Malformed(_))
}
