//! Connections: to one of the checked addresses, with TLS for https.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{
    Request,
    body::{Body, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};

use super::{Failure, remote_server::RemoteServer};

/// Wait for a connection to one address, also for its TLS.
const CONNECT_WAIT: Duration = Duration::from_secs(4);
/// Largest head of an answer.
const MAX_HEAD: usize = 64 << 10;

/// Stream of a connection.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// TLS with the roots that browsers trust.
pub fn tls() -> TlsConnector {
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Sends a request on a new connection. The connection lives in the returned set, and ends with it.
pub async fn exchange<B>(
    tls: &TlsConnector,
    server: &RemoteServer,
    addresses: &[SocketAddr],
    request: Request<B>,
) -> Result<(hyper::Response<Incoming>, JoinSet<()>), Failure>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let stream = connect_any(tls, server, addresses).await?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(Failure::Invalid)?;
    let mut running = JoinSet::new();
    running.spawn(async move {
        // An error is also that of the request or of its body.
        let _ = connection.await;
    });
    let response = sender.send_request(request).await;
    Ok((response.map_err(Failure::Invalid)?, running))
}

/// Connects to the first of the addresses that answers.
async fn connect_any(
    tls: &TlsConnector,
    server: &RemoteServer,
    addresses: &[SocketAddr],
) -> Result<Box<dyn Stream>, Failure> {
    let mut failure = Failure::Unresolved;
    for address in addresses {
        match timeout(CONNECT_WAIT, connect(tls, server, *address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = Failure::Broken(error),
            Err(_) => failure = Failure::TimedOut,
        }
    }
    Err(failure)
}

async fn connect(
    tls: &TlsConnector,
    server: &RemoteServer,
    address: SocketAddr,
) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    if !server.is_https {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(server.tls_name()).map_err(io::Error::other)?;
    Ok(Box::new(tls.connect(name, stream).await?))
}
