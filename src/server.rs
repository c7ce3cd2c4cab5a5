//! HTTP server: start, connections, and shutdown, which closes every socket and keeps every acknowledged write.

mod connection;

use std::{future::Future, io::ErrorKind, net::SocketAddr, sync::Arc, time::Duration};

use ipnet::{Ipv4Net, Ipv6Net};
use poem::EndpointExt;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{Semaphore, watch},
    task::yield_now,
    time::{sleep, timeout},
};

use crate::{
    app::App,
    config::Config,
    connection_limit::ConnectionLimit,
    files::{self, MAX_DOWNLOADS},
    live::CloseReason,
    routes::routes,
    web::{assets, memory_limit::ResponseMemory},
};
use connection::{ConnectionContext, await_request, refuse};

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
/// Maximum time for connections to end when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

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
