//! Connections to remote servers, with TLS for https.

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

/// Timeout for connecting to one address, including the TLS handshake.
const CONNECT_WAIT: Duration = Duration::from_secs(4);
/// Maximum size of the response headers in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Plain or TLS stream.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Creates a TLS connector that trusts the root certificates of Mozilla.
pub fn tls() -> TlsConnector {
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Sends a request on a new connection to one of the addresses. The connection runs in the returned set and is closed
/// when the set is dropped.
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
        // The request or its body reports the same error.
        let _ = connection.await;
    });
    let response = sender.send_request(request).await;
    Ok((response.map_err(Failure::Invalid)?, running))
}

/// Connects to the first address that accepts a connection.
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
