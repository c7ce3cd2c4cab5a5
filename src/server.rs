//! HTTP server: startup, connections, and graceful shutdown without losing acknowledged writes.

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
    accounts,
    app::App,
    config::Config,
    connection_limit::ConnectionLimit,
    control::{Control, ControlSocket},
    files::{self, MAX_DOWNLOADS},
    live::CloseReason,
    routes::routes_with,
    web::{assets, memory_limit::ResponseMemory},
};
use connection::{ConnectionContext, await_request, refuse};

/// Maximum number of open connections. Further ones get status 503.
const MAX_CONNECTIONS: u64 = 20_000;
/// File descriptors reserved for other uses: the database, the log, the listener, rejected connections, and downloads.
const OTHER_FILES: u64 = 128 + MAX_DOWNLOADS as u64;
/// Number of connections accepted before yielding, so that a burst of new connections doesn't delay existing ones.
const ACCEPTS_PER_TURN: u64 = 8;
/// Maximum number of concurrent 503 responses. Further connections are closed immediately.
const MAX_REFUSALS: usize = 64;
/// Time for connections to end during shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Server that is bound to its address. Connections wait until [`Server::run`] is called.
pub struct Server {
    app: App,
    listener: TcpListener,
    context: ConnectionContext,
    /// `None` if it could not be opened.
    control: Option<ControlSocket>,
    stopping: watch::Sender<bool>,
    is_new: bool,
}

impl Server {
    /// Opens the database, checks the file storage and starts listening.
    ///
    /// # Errors
    /// A message for the operator.
    pub async fn bind(config: Config) -> Result<Server, String> {
        let listener = listen(config.listen)?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let app = App::open(config)?;
        files::check_storage(&app.config).await?;
        for warning in app.config.warnings() {
            tracing::warn!("{warning}");
        }
        // Debug builds compress on request, because they start often and have few visitors.
        if !cfg!(debug_assertions) {
            let compression = std::thread::Builder::new().name("assets".into());
            let _ = compression.spawn(assets::compress_all);
        }
        let is_new = !accounts::has_accounts(&app).await?;
        let control = Control::new(app.clone());
        let endpoint = routes_with(app.clone(), &control).map_to_response();
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
            control: ControlSocket::start(control),
            stopping,
            is_new,
        })
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.context.address
    }

    /// Returns a line for the operator with the code for the setup, if the server needs one.
    pub fn setup_notice(&self) -> Option<String> {
        let code = self.app.setup_code.as_ref().filter(|_| self.is_new)?;
        let url = match &self.app.config.public_url {
            Some(url) => url.to_string(),
            None => format!("http://{}", self.address()),
        };
        let code = code.shown();
        Some(format!("Set it up at {url}/setup with this code: {code}"))
    }

    /// Serves until `stop` resolves, then ends all connections and closes the database.
    ///
    /// # Errors
    /// Returns a message for the operator if the server can no longer accept connections.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), String> {
        let config = &self.app.config;
        let unlimited = match config.limits {
            true => config.trusted_proxies.clone(),
            false => vec![Ipv4Net::default().into(), Ipv6Net::default().into()], // any address
        };
        let limit = Arc::new(ConnectionLimit::new(max_connections(), unlimited));
        // Runs in its own task, so that the scheduler treats it like the connections.
        let mut accepting = tokio::spawn(accept_all(self.listener, self.context, limit.clone()));
        let outcome = tokio::select! {
            _ = &mut accepting => Err("The server can no longer accept connections.".to_owned()),
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
        if let Some(control) = self.control {
            control.stop().await;
        }
        self.app.db.close().await;
        outcome
    }
}

/// Raises the limit of open files if possible, and returns the maximum number of connections that it allows.
fn max_connections() -> usize {
    let files = rlimit::increase_nofile_limit(MAX_CONNECTIONS + OTHER_FILES).unwrap_or(1024);
    files.saturating_sub(OTHER_FILES).clamp(1, MAX_CONNECTIONS) as usize
}

/// Opens the listening socket.
///
/// # Errors
/// A message for the operator.
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
            format!("The address {address} is already in use. Choose another one with --listen.")
        }
        _ => {
            let problem = format!("The server can’t listen on {address}: {e}.");
            problem + " Choose another address with --listen."
        }
    })
}

/// Accepts connections and serves each in a task, until aborted.
async fn accept_all(
    listener: TcpListener,
    context: ConnectionContext,
    limit: Arc<ConnectionLimit>,
) {
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    for accepted in 1_u64.. {
        if accepted.is_multiple_of(ACCEPTS_PER_TURN) {
            yield_now().await;
        }
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue, // the client left
            Err(error) => {
                // Out of file descriptors or memory. Pause to avoid a busy loop until another connection ends.
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
