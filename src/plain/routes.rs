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
        let talker = PlainTextSocket::new(
            member.clone(),
            messages.clone(),
            presence.clone(),
            rooms.clone(),
        );
        (member, talker)
    });
    rooms::connect(req, &app, admitted, 0)
}
