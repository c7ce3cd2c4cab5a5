//! The opening handshake (RFC 6455, section 4.2): checks the request, answers 101, hands over the stream.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use poem::{
    Request, Response,
    http::{HeaderMap, Method, StatusCode, header},
};
use tokio::{net::TcpStream, sync::OwnedSemaphorePermit};

use super::{frame, publication::FrameEncoding, socket::Socket, transport::Transport};
use crate::error::{Error, Result};

/// What the subscriber attaches to a request that may be upgraded: the promise of its stream, and the
/// place among the open connections that the stream keeps.
#[derive(Clone)]
pub struct Upgrade {
    stream: Arc<Mutex<Option<OnUpgrade>>>,
    place: Arc<OwnedSemaphorePermit>,
}

impl Upgrade {
    /// Wraps hyper's promise.
    pub fn new(stream: OnUpgrade, place: Arc<OwnedSemaphorePermit>) -> Upgrade {
        Upgrade {
            stream: Arc::new(Mutex::new(Some(stream))),
            place,
        }
    }
}

/// A stream that becomes a [`Socket`] once the 101 is written.
pub struct PendingUpgrade {
    stream: OnUpgrade,
    encoding: FrameEncoding,
    place: Arc<OwnedSemaphorePermit>,
}

impl PendingUpgrade {
    /// Waits for the stream; `max_message` bounds what the peer may send in one message (bytes).
    /// None when the peer went away.
    pub async fn socket(self, max_message: usize) -> Option<Socket> {
        let (transport, early) = match self.stream.await.ok()?.downcast::<TokioIo<TcpStream>>() {
            Ok(plain) => (
                Transport::Shared(Arc::new(plain.io.into_inner())),
                plain.read_buf,
            ),
            Err(other) => (Transport::Own(Box::new(TokioIo::new(other))), Bytes::new()),
        };
        Some(Socket::new(transport, early, max_message, self.place).with_encoding(self.encoding))
    }
}

/// Accepts the handshake: send the response, then await [`PendingUpgrade::socket`] in a task of its own.
///
/// # Errors
/// `Malformed` when the request is no WebSocket handshake.
pub fn upgrade(request: &Request) -> Result<(Response, PendingUpgrade)> {
    let key = key(request)?;
    let offer = request.extensions().get::<Upgrade>().cloned();
    let stream = offer.as_ref().and_then(|offer| {
        offer
            .stream
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    });
    let (Some(offer), Some(stream)) = (offer, stream) else {
        return Err(refused("this connection cannot be upgraded"));
    };
    let mut response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, frame::accept_key(&key));
    let offers = request.headers().get_all(header::SEC_WEBSOCKET_EXTENSIONS);
    let agreed = frame::negotiate_deflate(offers.iter().filter_map(|offer| offer.to_str().ok()));
    let mut encoding = FrameEncoding::Plain;
    if let Some(answer) = agreed {
        response = response.header(header::SEC_WEBSOCKET_EXTENSIONS, &*answer);
        encoding = FrameEncoding::Compressed;
    }
    let upgrading = PendingUpgrade {
        stream,
        encoding,
        place: offer.place,
    };
    Ok((response.finish(), upgrading))
}

fn key(request: &Request) -> Result<String> {
    let headers = request.headers();
    if request.method() != Method::GET
        || !has_token(headers, header::UPGRADE, "websocket")
        || !has_token(headers, header::CONNECTION, "upgrade")
    {
        return Err(refused("this address is for WebSocket connections"));
    }
    if !has_token(headers, header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(refused("Sec-WebSocket-Version must be 13"));
    }
    match headers
        .get(header::SEC_WEBSOCKET_KEY)
        .and_then(|key| key.to_str().ok())
    {
        Some(key) if key.len() == 24 && key.ends_with("==") => Ok(key.to_owned()),
        _ => Err(refused("Sec-WebSocket-Key must be 16 bytes in base64")),
    }
}

/// Header lists and tokens are compared without regard to case (RFC 9110).
fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(token))
}

fn refused(why: &str) -> Error {
    Error::Malformed(format!("No WebSocket was opened: {why}."))
}
