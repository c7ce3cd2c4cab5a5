//! Upgrade from a request to a WebSocket, the same for all clients.

use poem::{Request, Response};

use crate::{
    accounts::User,
    app::App,
    db::ids::RoomId,
    error::{Error, Result},
    live::{self, CloseReason, SocketHandler},
};

/// Size limit of one message from a client (bytes).
const MESSAGE_LIMIT: usize = 64 << 10;

/// Upgrades the request and serves a socket of a room, or of [`live::NO_ROOM`]. A connection without access is accepted
/// and then closed with code 1008: to a browser, a refused upgrade looks like a network failure, and it would retry
/// forever. `Forbidden` for a cookie sent by another site's page.
pub fn connect(
    req: &Request,
    app: &App,
    admitted: Result<(User, RoomId, impl SocketHandler + 'static)>,
    after: i64,
) -> Result<Response> {
    let admitted = match admitted {
        Ok(admitted) => Ok(admitted),
        Err(Error::Unauthenticated) => Err(CloseReason::SESSION_ENDED),
        Err(Error::NotFound) => Err(CloseReason::NOT_A_MEMBER),
        Err(error) => return Err(error),
    };
    let (response, upgrading) = live::upgrade(req)?;
    let app = app.clone();
    tokio::spawn(async move {
        let Some(mut socket) = upgrading.socket(MESSAGE_LIMIT, app.config.limits).await else {
            return;
        };
        let (user, room, client) = match admitted {
            Ok(admitted) => admitted,
            Err(CloseReason(code, reason)) => return socket.close(code, reason).await,
        };
        let grant = user.session_grant(app.config.limits);
        // A separate task, because the memory of this one includes the handshake.
        tokio::spawn(live::serve(&app.live, room, socket, grant, (after, client)));
    });
    Ok(response)
}
