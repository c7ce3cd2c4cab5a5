//! Protection against requests of other sites, and the few URLs that other origins may call.
//!
//! Together with `SameSite=Lax` cookies this replaces form tokens: browsers say where a request comes
//! from in `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454), and pages cannot forge either.
//!
//! Invariant: a page of another origin never acts with a cookie. Only an allowed one acts at all: without credentials
//! on the open paths, and with a token that it names itself.

use poem::{
    Request,
    http::{HeaderMap, HeaderValue, Method, header},
};

use super::{headers, host, peer::Peer, token};
use crate::{
    config::{AllowedOrigin, Config, Origin},
    error::{Error, Result},
};

/// Paths that allowed origins may call without credentials. The page of the original project does.
const OPEN: [&str; 3] = ["/", "/login", "/register"];

/// Where a request comes from. The middleware adds it to each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A page of this server, or a client that is no browser and sends none of the headers.
    Own,
    /// A page of another origin that may call this server.
    Allowed,
    /// A page of another site.
    Foreign,
}

impl Source {
    /// Reads the headers of a request.
    pub fn of(request: &Request, config: &Config) -> Source {
        let site = request.header("sec-fetch-site").unwrap_or("none");
        let is_same_site = ["same-origin", "none"].contains(&site);
        let Some(origin) = request.headers().get(header::ORIGIN) else {
            return if is_same_site {
                Source::Own
            } else {
                Source::Foreign
            };
        };
        let origin = origin.to_str().unwrap_or_default();
        if is_same_site && is_own(origin, request, config) {
            Source::Own
        } else if is_allowed(origin, config) {
            Source::Allowed
        } else {
            Source::Foreign
        }
    }

    fn of_guarded(request: &Request) -> Source {
        let known = request.data::<Source>().copied();
        known.unwrap_or(Source::Foreign) // the middleware did not see this request
    }
}

/// Refuses what pages of other origins may not do. Links to this server and pictures of it have no `Origin`; the page
/// that has them cannot read the response.
pub fn guard(request: &Request) -> Result<()> {
    let is_socket = request.headers().contains_key(header::UPGRADE);
    let is_link = is_safe(request) && !is_socket && !request.headers().contains_key(header::ORIGIN);
    let names_token = is_socket || token::bearer(request.headers()).is_some();
    let is_admitted = match Source::of_guarded(request) {
        Source::Own => true,
        Source::Allowed => is_link || names_token || is_open_call(request),
        Source::Foreign => is_link,
    };
    if is_admitted { Ok(()) } else { Err(refused()) }
}

/// Refuses a cookie with a WebSocket that a page of another origin opens. Such a page must name a token.
pub fn guard_cookie(request: &Request) -> Result<()> {
    match Source::of_guarded(request) {
        Source::Own => Ok(()),
        _ => Err(refused()),
    }
}

fn refused() -> Error {
    let foreign = "This request came from another site. Open Chatterbox directly and try again.";
    Error::Forbidden(foreign.into())
}

/// Whether allowed origins may call this path.
pub fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// Value of `Access-Control-Allow-Origin` for the response to a request of an allowed origin for an open path.
pub fn allowed_origin(request: &Request, config: &Config) -> Option<HeaderValue> {
    if !is_open(request.uri().path()) {
        return None;
    }
    if config.allow_origin.contains(&AllowedOrigin::Any) {
        return Some(HeaderValue::from_static("*"));
    }
    match Source::of_guarded(request) {
        Source::Allowed => request.headers().get(header::ORIGIN).cloned(),
        _ => None,
    }
}

/// Adds the CORS headers (Fetch standard) for an allowed origin.
pub fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let names = "content-type, authorization, accept";
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, names),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after"),
    ] {
        headers::set(headers, name, value);
    }
}

/// Tells caches that the response to an open path depends on the origin.
pub fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

fn is_safe(request: &Request) -> bool {
    matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    )
}

/// Requests to an open path that neither read nor set a cookie: JSON, or without a body.
fn is_open_call(request: &Request) -> bool {
    let kind = headers::text(request.headers(), header::CONTENT_TYPE);
    let is_call = is_safe(request) || kind.starts_with("application/json");
    is_call && is_open(request.uri().path())
}

/// Origin of the page that sent a request; `None` for a page of another one. A request without `Origin` counts as one
/// from a page of `--public-url`, or of the host that it calls.
pub fn of_page(request: &Request, config: &Config) -> Option<Origin> {
    if let Some(origin) = request.headers().get(header::ORIGIN) {
        let origin = origin.to_str().ok()?;
        let is_own = is_own(origin, request, config);
        return Origin::parse(origin).filter(|_| is_own);
    }
    let https = request.data::<Peer>().is_some_and(|peer| peer.https);
    let scheme = if https { "https" } else { "http" };
    let of_host = || Some(Origin::of(scheme, host::of(request)?));
    config.public_url.clone().or_else(of_host)
}

/// Whether a page has the origin of `--public-url`, or that of the host it calls. Over HTTPS the origin must be HTTPS
/// too. Otherwise its scheme is ignored, because a proxy may end HTTPS.
fn is_own(origin: &str, request: &Request, config: &Config) -> bool {
    let Some(origin) = Origin::parse(origin) else {
        return false;
    };
    let public = config.public_url.as_ref();
    if public == Some(&origin) {
        return true;
    }
    let host = host::of(request).unwrap_or_default();
    let is_public_https = public.is_some_and(|url| url.is_https() && url.is_at(host));
    let https = is_public_https || request.data::<Peer>().is_some_and(|peer| peer.https);
    origin.is_at(host) && origin.is_web() && (origin.is_https() || !https)
}

/// Whether an origin is named in the settings, or is this machine's while only this machine reaches the server.
fn is_allowed(origin: &str, config: &Config) -> bool {
    let is_named = config
        .allow_origin
        .iter()
        .any(|allowed| allowed.includes(origin));
    let is_local =
        || config.is_loopback() && config.public_url.as_ref().is_none_or(Origin::is_loopback);
    is_named || is_local() && Origin::parse(origin).is_some_and(|origin| origin.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Command, read};

    const EVIL: (&str, &str) = ("origin", "https://evil.test");
    const OWN: (&str, &str) = ("origin", "https://chat.test");
    const NEIGHBOR: (&str, &str) = ("origin", "http://localhost:5500");
    const JSON: (&str, &str) = ("content-type", "application/json");
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    const BEARER: (&str, &str) = ("authorization", "Bearer x");
    const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");
    const SOCKET: (&str, &str) = ("upgrade", "websocket");

    fn request(method: Method, path: &str, headers: &[(&str, &str)], args: &[&str]) -> Request {
        let Ok(Command::Serve(config)) = read(args.iter().map(Into::into)) else {
            panic!("{args:?} are settings");
        };
        let request = Request::builder().method(method).uri_str(path);
        let request = request.header("host", "chat.test");
        let add = |request: poem::RequestBuilder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        let mut request = headers.iter().fold(request, add).finish();
        let source = Source::of(&request, &config);
        request.set_data(source);
        request
    }

    #[test]
    fn own_pages_and_programs_may_post_and_other_sites_may_not() {
        for (path, headers, allowed) in [
            ("/logout", &[][..], true),
            ("/logout", &[OWN, ("sec-fetch-site", "same-origin")], true),
            ("/logout", &[BEARER], true),
            ("/logout", &[EVIL, BEARER], false),
            ("/logout", &[NEIGHBOR, BEARER], true),
            ("/logout", &[NEIGHBOR], false),
            ("/logout", &[EVIL], false),
            ("/logout", &[("origin", "null")], false),
            ("/logout", &[CROSS], false),
            ("/logout", &[OWN, CROSS], false),
            ("/logout", &[("sec-fetch-site", "same-site")], false),
            ("/logout", &[("origin", "https://chat.test:444")], false),
            ("/logout", &[("origin", "https://chat.test:443")], true),
            ("/logout", &[("origin", "ftp://chat.test")], false),
            ("/login", &[NEIGHBOR, CROSS, JSON], true),
            ("/login", &[NEIGHBOR, FORM], false),
            ("/login", &[EVIL, JSON], false),
            ("/login", &[("origin", "null"), JSON], false),
            ("/logout", &[NEIGHBOR, JSON], false),
        ] {
            let guarded = guard(&request(Method::POST, path, headers, &[]));
            assert_eq!(guarded.is_ok(), allowed, "{path} {headers:?}");
        }
    }

    #[test]
    fn links_are_followed_and_pages_of_other_sites_read_nothing() {
        for (path, headers, allowed) in [
            ("/rooms/1", &[CROSS][..], true),
            ("/rooms/1", &[EVIL], false),
            ("/rooms/1", &[EVIL, BEARER], false),
            ("/rooms/1", &[NEIGHBOR], false),
            ("/rooms/1", &[NEIGHBOR, BEARER], true),
            ("/", &[NEIGHBOR], true),
            ("/", &[EVIL], false),
            ("/ws?token=x", &[NEIGHBOR, SOCKET], true),
            ("/ws?token=x", &[EVIL, SOCKET], false),
            ("/ws?token=x", &[CROSS, SOCKET], false),
            ("/ws?token=x", &[SOCKET], true),
        ] {
            let guarded = guard(&request(Method::GET, path, headers, &[]));
            assert_eq!(guarded.is_ok(), allowed, "{path} {headers:?}");
        }
        let cookie = |headers| guard_cookie(&request(Method::GET, "/live", headers, &[]));
        assert!(cookie(&[OWN, SOCKET]).is_ok() && cookie(&[NEIGHBOR, SOCKET]).is_err());
    }

    #[test]
    fn settings_say_which_origins_are_allowed() {
        let public = ["--public-url", "https://chat.example.com"];
        let named = [
            "--allow-origin",
            "https://a.test,null",
            "--allow-origin",
            "app://b",
        ];
        for (args, origin, source) in [
            (
                &["--listen", "0.0.0.0:1"][..],
                "http://localhost:5500",
                Source::Foreign,
            ),
            (&public, "http://localhost:5500", Source::Foreign),
            (&public, "https://chat.example.com", Source::Own),
            (&public, "https://chat.example.com:443", Source::Own),
            (&public, "http://chat.example.com", Source::Foreign),
            (
                &["--public-url", "http://localhost:8000"],
                "http://127.0.0.1:3",
                Source::Allowed,
            ),
            (
                &["--public-url", "https://chat.test"],
                "http://chat.test",
                Source::Foreign,
            ),
            (&[], "http://chat.test", Source::Own),
            (&named, "https://a.test:443", Source::Allowed),
            (&named, "null", Source::Allowed),
            (&named, "app://b", Source::Allowed),
            (&named, "http://a.test", Source::Foreign),
            (&named, "https://a.test.evil.test", Source::Foreign),
            (&["--allow-origin", "*"], "null", Source::Allowed),
            (
                &["--allow-origin", "*"],
                "https://evil.test",
                Source::Allowed,
            ),
        ] {
            let request = request(Method::POST, "/login", &[("origin", origin)], args);
            assert_eq!(Source::of_guarded(&request), source, "{args:?} {origin}");
        }
    }
}
