//! From a request to a served socket; the same for every kind of client.

use poem::{Request, Response};

use super::Member;
use crate::{
    accounts::User,
    app::App,
    db::ids::RoomId,
    error::{Error, Result},
    live::{self, CloseReason, SocketHandler},
};

/// What a client may send in one message (bytes).
const MESSAGE_LIMIT: usize = 64 << 10;

/// Upgrades and serves in a room. Whoever may not listen is accepted and closed with 1008: an upgrade
/// that is refused looks like a broken network to a browser, and is tried again for ever.
///
/// # Errors
/// Those of the handshake, and `Forbidden` for a cookie from another site's page.
pub fn connect(
    req: &Request,
    app: &App,
    admitted: Result<(Member, impl SocketHandler + 'static)>,
    after: i64,
) -> Result<Response> {
    let seated = admitted.map(|(member, client)| (member.user, member.room.id, client));
    serve(req, app, seated, after)
}

/// The same for a page that is in no room.
///
/// # Errors
/// As [`connect`].
pub fn connect_nowhere(
    req: &Request,
    app: &App,
    identified: Result<(User, impl SocketHandler + 'static)>,
) -> Result<Response> {
    let seated = identified.map(|(user, client)| (user, live::NO_ROOM, client));
    serve(req, app, seated, 0)
}

fn serve(
    req: &Request,
    app: &App,
    seated: Result<(User, RoomId, impl SocketHandler + 'static)>,
    after: i64,
) -> Result<Response> {
    let seated = match seated {
        Ok(seated) => Ok(seated),
        Err(Error::Unauthenticated) => Err(CloseReason::SESSION_ENDED),
        Err(Error::NotFound) => Err(CloseReason::NOT_A_MEMBER),
        Err(error) => return Err(error),
    };
    let (response, upgrading) = live::upgrade(req)?;
    let app = app.clone();
    tokio::spawn(async move {
        let Some(mut socket) = upgrading.socket(MESSAGE_LIMIT).await else {
            return;
        };
        let (user, room, client) = match seated {
            Ok(seated) => seated,
            Err(CloseReason(code, reason)) => return socket.close(code, reason).await,
        };
        let grant = user.session_grant(app.config.limits);
        // A task of its own: this one holds room for the handshake, too.
        tokio::spawn(live::serve(&app.live, room, socket, grant, (after, client)));
    });
    Ok(response)
}
