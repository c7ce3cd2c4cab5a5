//! The client: requests within a policy, redirects checked like the first URL.

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

/// Name of this program, which websites ask of programs.
const USER_AGENT: &str = concat!("Chatterbox/", env!("CARGO_PKG_VERSION"), " (link preview)");

/// Limits of a download.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time for all redirects and the body together.
    pub time: Duration,
    /// Redirects that are followed.
    pub redirects: usize,
}

/// Client for other servers. Cheap to clone. Each request has a connection of its own.
#[derive(Clone)]
pub struct Client {
    policy: Policy,
    network: Network,
    tls: TlsConnector,
}

impl Client {
    /// A client within a policy.
    pub fn new(policy: Policy, network: Network) -> Client {
        Client {
            policy,
            network,
            tls: tls(),
        }
    }

    /// Downloads a URL, without compression. Follows redirects, each of which the policy must allow.
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
        self.send(request.map_err(|_| Failure::Refused("the URL"))?)
            .await
    }

    /// Sends one request, whose URI is absolute. Does not follow redirects. Only the connection has a time limit: the
    /// caller decides how long a body may take.
    pub async fn send<B>(&self, mut request: Request<B>) -> Result<Response, Failure>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let invalid = || Failure::Refused("the URL");
        let url = Url::parse(&request.uri().to_string()).map_err(|_| invalid())?;
        let server = RemoteServer::of(&url, self.policy)?;
        let addresses = self.network.resolve(&server, self.policy).await?;
        // The path goes out as it was given: the caller may have signed it.
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse().map_err(|_| invalid())?;
        let host = HeaderValue::try_from(server.authority()).map_err(|_| invalid())?;
        request.headers_mut().insert(header::HOST, host);
        let (response, connection) = exchange(&self.tls, &server, &addresses, request).await?;
        Ok(Response::new(response, connection, url))
    }
}

/// The URL that an answer redirects to.
fn redirect(response: &Response, url: &Url) -> Result<Option<Url>, Failure> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let Some(location) = response.header(header::LOCATION).filter(|_| is_redirect) else {
        return Ok(None);
    };
    let next = url.join(location);
    let mut next = next.map_err(|_| Failure::Refused("the redirect"))?;
    next.set_fragment(None);
    Ok(Some(next))
}
