//! The socket of pages without a room.

use poem::{Request, Response, handler};

use super::{PageState, SidebarSocket};
use crate::{
    accounts::User,
    app::App,
    error::Result,
    live,
    rooms::{self, Rooms},
    web::state::State,
};

/// `GET /live?list=<serial>&people=<ids>`
#[handler]
pub async fn listen(req: &Request, State((app, rooms)): State<(App, Rooms)>) -> Result<Response> {
    let identified = User::of_socket(req).await.map(|user| {
        let socket = SidebarSocket::new(user.clone(), PageState::of(req), app.clone(), rooms);
        (user, live::NO_ROOM, socket)
    });
    rooms::connect(req, &app, identified, 0)
}
