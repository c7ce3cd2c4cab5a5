//! HTTP client that applies a policy to each request, including redirects.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::{
    Request,
    body::Body,
    header::{self, HeaderValue},
};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use url::Url;

use super::{
    Failure, Network, Policy, Response,
    connection::{exchange, tls},
    remote_server::RemoteServer,
};

/// User agent that identifies this program to websites.
const USER_AGENT: &str = concat!("Chatterbox/", env!("CARGO_PKG_VERSION"), " (link preview)");

/// Limits for one download.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time for all redirects and the body together.
    pub time: Duration,
    /// Maximum number of redirects to follow.
    pub redirects: usize,
}

/// HTTP client for other servers. Each request uses a new connection. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    policy: Policy,
    network: Network,
    tls: TlsConnector,
}

impl Client {
    /// Creates a client.
    pub fn new(policy: Policy, network: Network) -> Client {
        Client {
            policy,
            network,
            tls: tls(),
        }
    }

    /// Downloads a URL without compression. Follows redirects that the policy allows.
    pub async fn get(&self, url: &Url, accept: &str, limits: Limits) -> Result<Response, Failure> {
        let deadline = Instant::now() + limits.time;
        let mut url = url.clone();
        for _ in 0..=limits.redirects {
            let response = timeout_at(deadline, self.get_once(&url, accept)).await;
            let response = response.map_err(|_| Failure::TimedOut)??;
            match redirect(&response, &url)? {
                Some(next) => url = next,
                None => return Ok(response.until(deadline)),
            }
        }
        Err(Failure::TooManyRedirects)
    }

    async fn get_once(&self, url: &Url, accept: &str) -> Result<Response, Failure> {
        let request = Request::get(url.as_str())
            .header(header::ACCEPT, accept)
            .header(header::ACCEPT_ENCODING, "identity")
            .header(header::USER_AGENT, USER_AGENT)
            .body(Empty::<Bytes>::new());
        self.send(request.map_err(|_| Failure::Refused("invalid URL"))?)
            .await
    }

    /// Sends one request. Its URI must be absolute. Doesn't follow redirects. Only connecting has a timeout; callers
    /// decide how long the rest may take.
    pub async fn send<B>(&self, mut request: Request<B>) -> Result<Response, Failure>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let invalid = || Failure::Refused("invalid URL");
        let url = Url::parse(&request.uri().to_string()).map_err(|_| invalid())?;
        let server = RemoteServer::of(&url, self.policy)?;
        let addresses = self.network.resolve(&server, self.policy).await?;
        // The path must not be normalized, because the caller may have signed it.
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse().map_err(|_| invalid())?;
        let host = HeaderValue::try_from(server.authority()).map_err(|_| invalid())?;
        request.headers_mut().insert(header::HOST, host);
        let (response, connection) = exchange(&self.tls, &server, &addresses, request).await?;
        Ok(Response::new(response, connection, url))
    }
}

/// Returns the URL of a redirect, or `None` if the response isn't one.
fn redirect(response: &Response, url: &Url) -> Result<Option<Url>, Failure> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let Some(location) = response.header(header::LOCATION).filter(|_| is_redirect) else {
        return Ok(None);
    };
    let next = url.join(location);
    let mut next = next.map_err(|_| Failure::Refused("invalid redirect"))?;
    next.set_fragment(None);
    Ok(Some(next))
}
