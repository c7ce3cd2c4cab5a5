//! `GET /ws?token=<uuid>`: the plain-text socket of a person's first room.

use poem::{Request, Response, handler, web::Data};

use super::PlainTextSocket;
use crate::{
    app::App,
    error::Result,
    messages::Messages,
    presence::Presence,
    rooms::{self, Member, Rooms},
};

/// `GET /ws?token=<uuid>`
#[handler]
pub async fn talk(
    req: &Request,
    app: Data<&App>,
    messages: Data<&Messages>,
    presence: Data<&Presence>,
    rooms: Data<&Rooms>,
) -> Result<Response> {
    let admitted = Member::at_home(req).await.map(|member| {
        let socket = PlainTextSocket {
            member: member.clone(),
            messages: messages.clone(),
            presence: presence.clone(),
            online: app.live.online().clone(),
            rooms: rooms.clone(),
            here: None, // until the first frame is out
        };
        (member, socket)
    });
    rooms::connect(req, &app, admitted, 0)
}
