//! HTTP handlers for pictures of users and rooms.

use std::str::FromStr;

use poem::{Request, Response, handler, http::header, web::Path};
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
        form_error::FormError, headers, page, raw_file::RawFile, reply::Reply, state::State,
        wants::Wants,
    },
};

/// `GET /u/{user}/{picture}/{side}`: the picture of a user, visible to all users. The URL of an earlier picture
/// redirects to the current one, or to the initials, because open pages may not know about the change yet.
#[handler]
pub async fn of_user(
    _user: User,
    Path((user, picture, side)): Path<(String, String, String)>,
    State(avatars): State<Avatars>,
) -> Result<Response> {
    let (user, picture) = (UserId(number(&user)?), AvatarId(number(&picture)?));
    let side = number(&side)?;
    match avatars.read(Owner::User(user), picture, side).await {
        Ok(copy) => Ok(with_policy(immutable(shown(copy)))),
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

/// `GET /rooms/{id}/picture/{picture}/{side}`: the picture of a room, visible to its members, or to all users if the
/// room is open. Browsers must revalidate it, so that a user who leaves the room doesn't see it anymore.
#[handler]
pub async fn of_room(
    user: User,
    req: &Request,
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
    let tag = format!("\"{picture}-{side}\""); // the picture at a URL never changes
    let unchanged = page::not_modified(req.headers(), &tag);
    let response = unchanged.unwrap_or_else(|| page::with_etag(shown(copy), &tag));
    Ok(with_policy(response))
}

/// Parses a number in a URL.
///
/// # Errors
/// `NotFound` if it isn't one.
fn number<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::NotFound)
}

/// Returns a response with a picture.
fn shown((bytes, media_type): (Vec<u8>, &'static str)) -> Response {
    Response::builder()
        .content_type(media_type)
        .header(header::CONTENT_DISPOSITION, "inline")
        .body(bytes)
}

/// Adds the security policy for user content.
fn with_policy(mut response: Response) -> Response {
    response.extensions_mut().insert(RawFile);
    response
}

/// Lets the user's browser, and no other cache, keep a response indefinitely.
fn immutable(mut response: Response) -> Response {
    let caching = "private, max-age=31536000, immutable";
    headers::set(response.headers_mut(), header::CACHE_CONTROL, caching);
    response
}

/// `POST /profile/picture`: sets the user's own picture.
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

/// `DELETE /profile/picture`, and `POST /profile/picture/removal` for forms: removes the user's own picture.
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

/// Redirects to the profile form, or returns the new URL as JSON.
async fn answer_own(user: &User, wants: Wants, people: &People) -> Result<Reply> {
    if wants == Wants::Page {
        return Ok(Reply::see_other("/profile"));
    }
    let profile = people.profile(user, &user.username).await?;
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

/// `DELETE /rooms/{id}/picture`, and `POST /rooms/{id}/picture/removal` for forms: removes the picture of a room.
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

/// Redirects to the settings, or returns the new URL as JSON.
async fn answer_of_room(member: Member, wants: Wants, rooms: &Rooms) -> Result<Reply> {
    let room = member.room.id;
    if wants == Wants::Page {
        return Ok(Reply::see_other(&format!("/rooms/{room}/settings")));
    }
    let member = rooms.admit(member.user, room).await?;
    let picture = member.room.icon().picture_url();
    Ok(Reply::json(&json!({ "picture": picture })))
}

/// Returns whether an error is shown on the page with the form.
fn is_shown(error: &Error) -> bool {
    error.is_shown_in_form() || matches!(error, Error::Malformed(_))
}
