//! Builds everything, listens, and stops: every socket closed, every acknowledged write kept.

use std::{
    convert::Infallible, future::Future, io::ErrorKind, net::SocketAddr, pin::pin, sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Endpoint, EndpointExt, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};

use crate::{
    app::App,
    config::Config,
    live::{CloseReason, Upgrade},
    routes::routes,
    web::assets,
};

/// Open connections at most; one more gets a 503.
const CONNECTIONS: u64 = 20_000;
/// File descriptors that are not connections: database, log, listener, and some air.
const OTHER_FILES: u64 = 64;
/// A request's headers must be complete in this time; an idle connection is closed after it.
const HEADERS: Duration = Duration::from_secs(10);
/// Bytes of a request's headers at most.
const HEADER_BYTES: usize = 32 << 10;
/// The kernel gives up on a peer that takes no bytes for so long.
const STALLED: Duration = Duration::from_secs(30);
/// Bytes the kernel holds for a peer that reads slowly.
const SEND_BUFFER: usize = 64 << 10;
/// How long connections may take to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(3);
const FULL: &str = r#"{"detail":"Too many connections. Try again in a moment."}"#;

type Door = Arc<dyn poem::endpoint::DynEndpoint<Output = Response>>;

/// A server that listens: its data is open, and connections wait until it runs.
pub struct Server {
    app: App,
    listener: TcpListener,
    host: Host,
    stopping: watch::Sender<bool>,
}

impl Server {
    /// Opens the data and listens. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// One sentence for the terminal, when the server cannot start.
    pub fn bind(config: Config) -> Result<Server, String> {
        let listener = listen(config.listen)?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let app = App::open(config)?;
        if !app.config.limits {
            tracing::warn!(
                "limits are off: anyone may try passwords, register and post without end"
            );
        }
        let _ = std::thread::Builder::new()
            .name("assets".into())
            .spawn(assets::warm);
        let door = routes(app.clone()).map_to_response();
        let door: Door = Arc::new(poem::endpoint::ToDynEndpoint(door));
        let (stopping, stopped) = watch::channel(false);
        let host = Host {
            address,
            door,
            stopped,
        };
        Ok(Server {
            app,
            listener,
            host,
            stopping,
        })
    }

    /// The address and port that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.host.address
    }

    /// Serves until `stop` resolves; then ends all connections and closes the database.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), String> {
        let most = most_connections();
        let places = Arc::new(Semaphore::new(most as usize));
        tokio::select! {
            () = accept_all(&self.listener, &self.host, &places) => {}
            () = stop => {}
        }
        drop(self.listener);
        tracing::info!("stopping");
        self.stopping.send_replace(true);
        self.app.live.registry().end_all(CloseReason::RESTART);
        if timeout(FAREWELL, places.acquire_many(most)).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        self.app.db.close().await;
        Ok(())
    }
}

/// As many as the process may have descriptors for, after asking for all it can get.
fn most_connections() -> u32 {
    let files = rlimit::increase_nofile_limit(CONNECTIONS + OTHER_FILES).unwrap_or(1024);
    files.saturating_sub(OTHER_FILES).clamp(1, CONNECTIONS) as u32
}

fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    let open = || {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(4096)
    };
    open().map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("The address {address} is in use already. Choose another one with --listen.")
        }
        _ => format!(
            "The server cannot listen on {address}: {e}. Choose another address with --listen."
        ),
    })
}

/// What every connection needs.
#[derive(Clone)]
struct Host {
    address: SocketAddr,
    door: Door,
    stopped: watch::Receiver<bool>,
}

async fn accept_all(listener: &TcpListener, host: &Host, places: &Arc<Semaphore>) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue, // its peer has gone
            Err(error) => {
                // Out of descriptors or memory: others must end first. One line, no spinning.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        match places.clone().try_acquire_owned() {
            Ok(place) => {
                tokio::spawn(serve(stream, peer, place, host.clone()));
            }
            Err(_) => {
                tokio::spawn(turn_away(stream));
            }
        }
    }
}

async fn turn_away(mut stream: TcpStream) {
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{FULL}",
        FULL.len()
    );
    // What was asked is read to its end: a stream that is dropped with bytes in it is reset, and the
    // answer may be lost with it.
    let told = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    let _ = timeout(Duration::from_secs(1), told).await;
}

async fn serve(stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit, mut host: Host) {
    if prepare(&stream).is_err() {
        return;
    }
    let (place, door, address) = (Arc::new(place), host.door.clone(), host.address);
    let service =
        service_fn(move |request| answer(request, door.clone(), address, peer, place.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = host.stopped.wait_for(|stopped| *stopped) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    socket.set_send_buffer_size(SEND_BUFFER)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(STALLED))?;
    Ok(())
}

/// One request: out of hyper's hands into poem's, and back.
async fn answer(
    mut request: hyper::Request<Incoming>,
    door: Door,
    address: SocketAddr,
    peer: SocketAddr,
    place: Arc<OwnedSemaphorePermit>,
) -> Result<hyper::Response<BoxBody<Bytes, std::io::Error>>, Infallible> {
    if request.headers().contains_key(hyper::header::UPGRADE) {
        let stream = hyper::upgrade::on(&mut request);
        request.extensions_mut().insert(Upgrade::new(stream, place));
    }
    let (local, remote) = (LocalAddr(address.into()), RemoteAddr(peer.into()));
    let request = poem::Request::from((request, local, remote, Scheme::HTTP));
    Ok(door.get_response(request).await.into())
}
