//! Opening handshake (RFC 6455, section 4.2): checks the request, answers with 101, and hands over the stream.

use std::sync::Arc;

use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use poem::{
    Request, Response,
    http::{HeaderMap, Method, StatusCode, header},
};
use tokio::net::TcpStream;

use super::{
    frame::{self, FrameRate},
    publication::FrameEncoding,
    socket::Socket,
    transport::Transport,
};
use crate::error::{Error, Result};

/// Server attaches this to each request that can be upgraded: the future stream, and the permit that counts it among
/// the open connections.
#[derive(Clone)]
pub struct Upgrade {
    stream: Arc<Mutex<Option<OnUpgrade>>>,
    permit: Arc<dyn Send + Sync>,
}

impl Upgrade {
    /// Wraps hyper's future stream.
    pub fn new(stream: OnUpgrade, permit: Arc<dyn Send + Sync>) -> Upgrade {
        Upgrade {
            stream: Arc::new(Mutex::new(Some(stream))),
            permit,
        }
    }
}

/// Stream that becomes a [`Socket`] once the response is written.
pub struct PendingUpgrade {
    stream: OnUpgrade,
    encoding: FrameEncoding,
    permit: Arc<dyn Send + Sync>,
}

impl PendingUpgrade {
    /// Waits for the stream; `None` if the peer is gone. A received message can have at most `max_message` bytes. Only
    /// if `limited`, the client can send at most 100 frames a second.
    pub async fn socket(self, max_message: usize, limited: bool) -> Option<Socket> {
        let (transport, early) = match self.stream.await.ok()?.downcast::<TokioIo<TcpStream>>() {
            Ok(plain) => {
                let stream = Arc::new(plain.io.into_inner());
                (Transport::Shared(stream), plain.read_buf)
            }
            Err(other) => {
                let stream = Box::new(TokioIo::new(other));
                (Transport::Owned(stream), Bytes::new())
            }
        };
        let rate = match limited {
            true => FrameRate::limited(),
            false => FrameRate::unlimited(),
        };
        let socket = Socket::new(transport, early, max_message, self.permit);
        Some(socket.with_frame_rate(rate).with_encoding(self.encoding))
    }
}

/// Accepts the handshake; `Malformed` if the request is none. The caller sends the response, and awaits
/// [`PendingUpgrade::socket`] in another task.
pub fn upgrade(request: &Request) -> Result<(Response, PendingUpgrade)> {
    let key = key(request)?;
    let offer = request.extensions().get::<Upgrade>().cloned();
    let stream = offer.as_ref().and_then(|offer| offer.stream.lock().take());
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
        permit: offer.permit,
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
    match request.header(header::SEC_WEBSOCKET_KEY) {
        Some(key) if key.len() == 24 && key.ends_with("==") => Ok(key.to_owned()),
        _ => Err(refused("Sec-WebSocket-Key must be 16 bytes in base64")),
    }
}

/// Looks for a token in a header that is a list, ignoring case (RFC 9110).
fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let mut tokens = values.flat_map(|value| value.split(','));
    tokens.any(|value| value.trim().eq_ignore_ascii_case(token))
}

fn refused(reason: &str) -> Error {
    Error::Malformed(format!("No WebSocket was opened: {reason}."))
}
