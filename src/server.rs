//! HTTP server: start, connections, and shutdown, which closes every socket and keeps every acknowledged write.

use std::{
    convert::Infallible, future::Future, io::ErrorKind, net::SocketAddr, pin::pin, sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, combinators::BoxBody};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::{Ipv4Net, Ipv6Net};
use poem::{
    Endpoint, EndpointExt, Response,
    endpoint::DynEndpoint,
    http::{StatusCode, Version, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    task::yield_now,
    time::{sleep, timeout},
};

use crate::{
    app::App,
    config::Config,
    connection_limit::{ConnectionLimit, ConnectionSlot},
    files::{self, MAX_DOWNLOADS},
    live::{CloseReason, Upgrade},
    routes::routes,
    web::{
        assets,
        memory_limit::{CountedBody, ResponseMemory},
    },
};

/// Maximum number of open connections. Further ones get 503.
const MAX_CONNECTIONS: u64 = 20_000;
/// File descriptors reserved for the database, the log, the listener and others, for connections that are refused, and
/// for running downloads.
const OTHER_FILES: u64 = 128 + MAX_DOWNLOADS as u64;
/// Number of connections that are accepted in a row. Other tasks run in between, so that a burst of connections does not
/// delay the requests of others.
const ACCEPTS_A_TURN: u64 = 8;
/// Maximum number of connections that are told that there are too many. Further ones are closed at once.
const MAX_REFUSALS: usize = 64;
/// Maximum time for the headers of a request. Idle connections are closed after the same time.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum size of the headers of a request, in bytes.
const HEADER_BYTES: usize = 32 << 10;
/// Memory of a response whose body is read while it is sent (bytes): a part of it, and the buffer of its connection.
const STREAM_BYTES: usize = 96 << 10;
/// Time after which the kernel closes a connection whose client acknowledges no bytes.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// Size of the send buffer of the kernel for one connection, in bytes.
const SEND_BUFFER: usize = 64 << 10;
/// Maximum time for connections to end when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);
/// Body of the response when all connections are in use.
const TOO_MANY_CONNECTIONS: &str = r#"{"detail":"Too many connections. Try again in a moment."}"#;

/// Body of the response to a request without a host, or with several.
const WITHOUT_HOST: &str = r#"{"detail":"Send exactly one Host header."}"#;

/// Listening server. Its data is open, and connections wait until it runs.
pub struct Server {
    app: App,
    listener: TcpListener,
    context: ConnectionContext,
    stopping: watch::Sender<bool>,
}

impl Server {
    /// Opens the data, checks the storage of files and listens. An error is a message for the operator.
    pub async fn bind(config: Config) -> Result<Server, String> {
        let listener = listen(config.listen)?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let app = App::open(config)?;
        files::check_storage(&app.config).await?;
        for warning in app.config.warnings() {
            tracing::warn!("{warning}");
        }
        let compression = std::thread::Builder::new().name("assets".into());
        let _ = compression.spawn(assets::compress_all);
        let endpoint = routes(app.clone()).map_to_response();
        let (stopping, stopped) = watch::channel(false);
        let context = ConnectionContext {
            address,
            endpoint: Arc::new(poem::endpoint::ToDynEndpoint(endpoint)),
            responses: ResponseMemory::default(),
            stopped,
        };
        Ok(Server {
            app,
            listener,
            context,
            stopping,
        })
    }

    /// Address and port that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.context.address
    }

    /// Serves until `stop` resolves; then ends all connections and closes the database.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), String> {
        let config = &self.app.config;
        let unlimited = match config.limits {
            true => config.trusted_proxies.clone(),
            false => vec![Ipv4Net::default().into(), Ipv6Net::default().into()], // all addresses
        };
        let limit = Arc::new(ConnectionLimit::new(max_connections(), unlimited));
        // A task of its own takes turns with the connections.
        let mut accepting = tokio::spawn(accept_all(self.listener, self.context, limit.clone()));
        let outcome = tokio::select! {
            _ = &mut accepting => Err("The server can’t accept connections any more.".to_owned()),
            () = stop => Ok(()),
        };
        if outcome.is_ok() {
            accepting.abort();
            let _ = accepting.await; // closes the listener
        }
        tracing::info!("stopping");
        self.stopping.send_replace(true);
        self.app.live.registry().end_all(CloseReason::RESTART);
        let ended = timeout(SHUTDOWN_TIMEOUT, limit.all_ended());
        if ended.await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        self.app.db.close().await;
        outcome
    }
}

/// Maximum number of connections that the limit of file descriptors allows. Raises that limit if possible.
fn max_connections() -> usize {
    let files = rlimit::increase_nofile_limit(MAX_CONNECTIONS + OTHER_FILES).unwrap_or(1024);
    files.saturating_sub(OTHER_FILES).clamp(1, MAX_CONNECTIONS) as usize
}

/// Opens the listening socket.
fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    let open = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(4096)
    };
    open().map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => {
            format!("The address {address} is in use already. Choose another one with --listen.")
        }
        _ => {
            let problem = format!("The server can’t listen on {address}: {e}.");
            problem + " Choose another address with --listen."
        }
    })
}

/// Data that every connection needs.
#[derive(Clone)]
struct ConnectionContext {
    address: SocketAddr,
    endpoint: Arc<dyn DynEndpoint<Output = Response>>,
    responses: ResponseMemory,
    stopped: watch::Receiver<bool>,
}

/// One connection, as its requests see it.
struct HttpConnection {
    endpoint: Arc<dyn DynEndpoint<Output = Response>>,
    address: SocketAddr,
    peer: SocketAddr,
    slot: Arc<ConnectionSlot>,
    responses: ResponseMemory,
    /// Closes the connection.
    close: Arc<Notify>,
}

/// Accepts connections and serves each in a task, until it is aborted.
async fn accept_all(
    listener: TcpListener,
    context: ConnectionContext,
    limit: Arc<ConnectionLimit>,
) {
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    for accepted in 1_u64.. {
        if accepted.is_multiple_of(ACCEPTS_A_TURN) {
            yield_now().await;
        }
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue, // by the client
            Err(error) => {
                // Out of descriptors or memory. The pause avoids a busy loop until another connection ends.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        match (limit.take(peer), refusals.clone().try_acquire_owned()) {
            (Some(slot), _) => {
                drop(tokio::spawn(await_request(
                    stream,
                    peer,
                    slot,
                    context.clone(),
                )));
            }
            (None, Ok(refusal)) => drop(tokio::spawn(refuse(stream, refusal))),
            (None, Err(_)) => {}
        }
    }
}

/// Responds with 503 and closes the connection.
async fn refuse(mut stream: TcpStream, _refusal: OwnedSemaphorePermit) {
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{TOO_MANY_CONNECTIONS}",
        TOO_MANY_CONNECTIONS.len()
    );
    // Read the request to its end. Closing a stream with unread bytes resets it, and the response may be lost.
    let exchange = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    let _ = timeout(Duration::from_secs(1), exchange).await;
}

/// Serves a connection once its client has sent something. Before that, it has no buffers.
async fn await_request(
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
        // A separate task, because it takes more memory than this one.
        tokio::spawn(serve(stream, peer, slot, context));
    }
}

/// Serves one connection until it ends or the server stops. `slot` is released with the connection.
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

/// Whether a request names one host, as HTTP/1.1 requires (RFC 9112, section 3.2).
fn has_one_host(request: &hyper::Request<Incoming>) -> bool {
    let count = request
        .headers()
        .get_all(hyper::header::HOST)
        .iter()
        .count();
    count == 1 || (count == 0 && request.version() < Version::HTTP_11)
}

/// Passes a request of hyper to the endpoint of poem, and returns the response.
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

/// Counts the memory of a response until its client has read it.
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
