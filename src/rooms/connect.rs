//! From a request to a served socket in a room; the same for every kind of client.

use poem::{Request, Response};

use super::Member;
use crate::{
    app::App,
    error::{Error, Result},
    live::{self, Client, Ending},
};

/// What a client may send in one message (bytes).
const MESSAGE_LIMIT: usize = 64 << 10;

/// Upgrades and serves. Whoever may not listen is accepted and closed with 1008: an upgrade that is
/// refused looks like a broken network to a browser, and is tried again for ever.
///
/// # Errors
/// Those of the handshake, and `Forbidden` for a cookie from another site's page.
pub fn connect(
    req: &Request,
    app: &App,
    admitted: Result<(Member, impl Client + 'static)>,
    after: i64,
) -> Result<Response> {
    let admitted = match admitted {
        Ok(admitted) => Some(admitted),
        Err(Error::Unauthenticated | Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let (response, upgrading) = live::upgrade(req)?;
    let app = app.clone();
    tokio::spawn(async move {
        let Some(mut socket) = upgrading.socket(MESSAGE_LIMIT).await else {
            return;
        };
        let Some((member, client)) = admitted else {
            let Ending(code, reason) = Ending::UNWELCOME;
            return socket.close(code, reason).await;
        };
        let (room, pass) = (member.room.id, member.user.pass(app.config.limits));
        // A task of its own: this one holds room for the handshake, too.
        tokio::spawn(live::serve(&app.live, room, socket, pass, (after, client)));
    });
    Ok(response)
}
