//! Handling of one connection: timeouts, requests, and memory used by responses.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, combinators::BoxBody};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Endpoint, Response,
    endpoint::DynEndpoint,
    http::{StatusCode, Version, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, OwnedSemaphorePermit, watch},
    time::timeout,
};

use crate::{
    connection_limit::ConnectionSlot,
    live::Upgrade,
    web::memory_limit::{CountedBody, ResponseMemory},
};

/// Timeout for the headers of a request, and for idle connections.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum size of the headers of a request in bytes.
const HEADER_BYTES: usize = 32 << 10;
/// Memory in bytes attributed to a streamed response: one chunk and the connection's buffer.
const STREAM_BYTES: usize = 96 << 10;
/// Time after which the kernel closes a connection on which no sent bytes are acknowledged (`TCP_USER_TIMEOUT`).
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// Size of the kernel's send buffer per connection in bytes.
const SEND_BUFFER: usize = 64 << 10;
/// Response body if there are too many connections.
const TOO_MANY_CONNECTIONS: &str = r#"{"detail":"Too many connections. Try again in a moment."}"#;
/// Response body for a request with no `Host` header or several.
const WITHOUT_HOST: &str = r#"{"detail":"Send exactly one Host header."}"#;

/// Data shared by all connections.
#[derive(Clone)]
pub struct ConnectionContext {
    /// Address that the server listens on.
    pub address: SocketAddr,
    pub endpoint: Arc<dyn DynEndpoint<Output = Response>>,
    pub responses: ResponseMemory,
    /// Becomes `true` when the server shuts down.
    pub stopped: watch::Receiver<bool>,
}

/// Data of one connection that its requests need.
struct HttpConnection {
    endpoint: Arc<dyn DynEndpoint<Output = Response>>,
    address: SocketAddr,
    peer: SocketAddr,
    slot: Arc<ConnectionSlot>,
    responses: ResponseMemory,
    /// Signals the connection to close.
    close: Arc<Notify>,
}

/// Responds with status 503 and closes the connection.
pub async fn refuse(mut stream: TcpStream, _refusal: OwnedSemaphorePermit) {
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{TOO_MANY_CONNECTIONS}",
        TOO_MANY_CONNECTIONS.len()
    );
    // Read until the client closes: closing a socket with unread data resets it, and the response may be lost.
    let exchange = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    let _ = timeout(Duration::from_secs(1), exchange).await;
}

/// Waits for the first byte before serving a connection, so that idle connections need no buffers.
pub async fn await_request(
    stream: TcpStream,
    peer: SocketAddr,
    slot: ConnectionSlot,
    mut context: ConnectionContext,
) {
    let mut first = [0];
    let has_sent = tokio::select! {
        peeked = timeout(HEADER_TIMEOUT, stream.peek(&mut first)) => matches!(peeked, Ok(Ok(1))),
        _ = context.stopped.wait_for(|stopped| *stopped) => false,
    };
    if has_sent {
        // Spawn a new task, because its future is larger than this one.
        tokio::spawn(serve(stream, peer, slot, context));
    }
}

/// Serves a connection until it ends or the server shuts down. Dropping `slot` frees the place for another connection.
async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    slot: ConnectionSlot,
    mut context: ConnectionContext,
) {
    if prepare(&stream).is_err() {
        return;
    }
    let close = Arc::<Notify>::default();
    let connection = Arc::new(HttpConnection {
        endpoint: context.endpoint,
        address: context.address,
        peer,
        slot: Arc::new(slot),
        responses: context.responses,
        close: close.clone(),
    });
    let service = service_fn(move |request| respond(request, connection.clone()));
    let exchange = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .auto_date_header(false) // see `headers::date`
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut exchange = pin!(exchange);
    tokio::select! {
        _ = exchange.as_mut() => return,
        () = close.notified() => return,
        _ = context.stopped.wait_for(|stopped| *stopped) => exchange.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = exchange => {}
        () = close.notified() => {}
    }
}

/// Sets the socket options of a connection.
fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    socket.set_send_buffer_size(SEND_BUFFER)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(SEND_TIMEOUT))?;
    Ok(())
}

/// Returns whether a request has exactly one `Host` header, as HTTP/1.1 requires (RFC 9112, section 3.2). HTTP/1.0
/// requests may have none.
fn has_one_host(request: &hyper::Request<Incoming>) -> bool {
    let count = request
        .headers()
        .get_all(hyper::header::HOST)
        .iter()
        .count();
    count == 1 || (count == 0 && request.version() < Version::HTTP_11)
}

/// Passes a hyper request to the poem endpoint and returns its response.
async fn respond(
    mut request: hyper::Request<Incoming>,
    connection: Arc<HttpConnection>,
) -> Result<hyper::Response<BoxBody<Bytes, std::io::Error>>, Infallible> {
    if !has_one_host(&request) {
        let response = Response::builder().status(StatusCode::BAD_REQUEST);
        let response = response.content_type("application/json");
        return Ok(response.body(WITHOUT_HOST).into());
    }
    if request.headers().contains_key(hyper::header::UPGRADE) {
        let stream = hyper::upgrade::on(&mut request);
        let upgrade = Upgrade::new(stream, connection.slot.clone());
        request.extensions_mut().insert(upgrade);
    }
    let (local, remote) = (
        LocalAddr(connection.address.into()),
        RemoteAddr(connection.peer.into()),
    );
    let request = poem::Request::from((request, local, remote, Scheme::HTTP));
    let response = connection.endpoint.get_response(request).await;
    Ok(counted(response.into(), &connection))
}

/// Attributes memory to a response until its client has received it.
fn counted(
    response: hyper::Response<BoxBody<Bytes, std::io::Error>>,
    connection: &HttpConnection,
) -> hyper::Response<BoxBody<Bytes, std::io::Error>> {
    let size = response.body().size_hint().exact();
    let size = size.map_or(STREAM_BYTES, |size| size as usize);
    let share = connection.responses.share(size, &connection.close);
    match share {
        Some(share) => response.map(|body| CountedBody { body, share }.boxed()),
        None => response,
    }
}
