//! Request guard: proves that the user is a member of the room in the URL (`/rooms/:room/…`).

use poem::{FromRequest, Request, RequestBody};

use super::{Member, Rooms};
use crate::{
    accounts::User,
    db::ids::RoomId,
    error::{Error, Result},
    web::state::handle,
};

impl<'a> FromRequest<'a> for Member {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Member> {
        let user = User::from_request(req, body).await?;
        Ok(handle::<Rooms>(req)?.admit(user, room(req)?).await?)
    }
}

impl Member {
    /// Guard of the room's socket (see [`User::of_socket`]).
    pub async fn of_socket(req: &Request) -> Result<Member> {
        let user = User::of_socket(req).await?;
        handle::<Rooms>(req)?.admit(user, room(req)?).await
    }

    /// Guard of a socket without a room in its URL: the user's first room.
    pub async fn at_home(req: &Request) -> Result<Member> {
        let user = User::of_socket(req).await?;
        let rooms = handle::<Rooms>(req)?;
        let room = rooms.home(&user).await?;
        rooms.admit(user, room).await
    }
}

fn room(req: &Request) -> Result<RoomId> {
    let id = req.raw_path_param("room").and_then(|id| id.parse().ok());
    id.map(RoomId).ok_or(Error::NotFound)
}
