//! The plain-text socket of a user's first room.

use poem::{Request, Response, handler};

use super::PlainTextSocket;
use crate::{
    app::App,
    error::Result,
    messages::Messages,
    presence::Presence,
    rooms::{self, Member, Rooms},
    web::state::State,
};

/// `GET /ws?token=<uuid>`
#[handler]
pub async fn listen(
    req: &Request,
    State((app, messages, presence, rooms)): State<(App, Messages, Presence, Rooms)>,
) -> Result<Response> {
    let admitted = Member::at_home(req).await.map(|member| {
        let socket = PlainTextSocket::new(member.clone(), (messages, presence, rooms));
        (member.user, member.room.id, socket)
    });
    rooms::connect(req, &app, admitted, 0)
}
