//! Protection against cross-site requests, and the few URLs that other origins may call.
//!
//! Together with `SameSite=Lax` cookies this replaces form tokens: browsers say where a request comes
//! from in `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454), and pages cannot forge either.

use poem::{
    Request,
    http::{HeaderMap, Method, header},
};

use super::{headers, peer::Peer, token};
use crate::error::{Error, Result};

/// Paths that any origin may call without credentials. The page of the original project does.
const OPEN: [&str; 3] = ["/", "/login", "/register"];

/// Refuses state-changing requests that another site makes with the user's cookies.
pub fn guard(request: &Request) -> Result<()> {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if is_safe || token::bearer(request.headers()).is_some() || is_open_call(request) {
        return Ok(());
    }
    guard_upgrade(request)
}

/// Refuses a WebSocket upgrade that comes from another site.
pub fn guard_upgrade(request: &Request) -> Result<()> {
    let foreign = "This request came from another site. Open Chatterbox directly and try again.";
    match is_same_origin(request) {
        true => Ok(()),
        false => Err(Error::Forbidden(foreign.into())),
    }
}

/// Whether any origin may call this path.
pub fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// Adds the CORS headers (Fetch standard) of an open path.
pub fn allow_any(headers: &mut HeaderMap) {
    let names = "content-type, authorization, accept";
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, names),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after"),
    ] {
        headers::set(headers, name, value);
    }
}

/// JSON requests to an open path neither read nor set a cookie.
fn is_open_call(request: &Request) -> bool {
    let kind = headers::text(request.headers(), header::CONTENT_TYPE);
    is_open(request.uri().path()) && kind.starts_with("application/json")
}

/// Whether a request comes from this site, or from a client that is not a browser and sends neither header. Over
/// HTTPS the origin must be HTTPS too. Otherwise its scheme is ignored, because a proxy may end HTTPS.
fn is_same_origin(request: &Request) -> bool {
    let https = request.data::<Peer>().is_some_and(|peer| peer.https);
    match (request.header("sec-fetch-site"), request.header("origin")) {
        (Some(site), _) if site != "same-origin" && site != "none" => false,
        (_, Some(origin)) => origin.split_once("://").is_some_and(|(scheme, authority)| {
            let host = request.header("host").unwrap_or_default();
            is_same_authority(scheme, authority, host) && (scheme == "https" || !https)
        }),
        (_, None) => true,
    }
}

/// Whether two authorities are the same in a URL of a scheme: a default port may be left out (RFC 6454, section 4).
fn is_same_authority(scheme: &str, one: &str, other: &str) -> bool {
    let default_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => "",
    };
    let without = |authority: &str| {
        let short = authority.strip_suffix(default_port).unwrap_or(authority);
        short.to_ascii_lowercase()
    };
    without(one) == without(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request {
        let request = Request::builder().method(method).uri_str(path);
        let request = request.header("host", "chat.test");
        let add = |request: poem::RequestBuilder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        headers.iter().fold(request, add).finish()
    }

    #[test]
    fn our_own_pages_and_programs_may_post_and_other_sites_may_not() {
        let evil = ("origin", "https://evil.test");
        let own = ("origin", "https://chat.test");
        let json = ("content-type", "application/json");
        let form = ("content-type", "application/x-www-form-urlencoded");
        for (path, headers, allowed) in [
            ("/logout", &[][..], true),
            ("/logout", &[own, ("sec-fetch-site", "same-origin")], true),
            ("/logout", &[evil, ("authorization", "Bearer x")], true),
            ("/logout", &[evil], false),
            ("/logout", &[("origin", "null")], false),
            ("/logout", &[("sec-fetch-site", "cross-site")], false),
            ("/logout", &[("sec-fetch-site", "same-site")], false),
            ("/logout", &[("origin", "https://chat.test:444")], false),
            ("/login", &[evil, json], true),
            ("/login", &[evil, form], false),
            ("/logout", &[evil, json], false),
        ] {
            let guarded = guard(&request(Method::POST, path, headers));
            assert_eq!(guarded.is_ok(), allowed, "{path} {headers:?}");
        }
    }

    #[test]
    fn a_default_port_may_be_left_out() {
        for (scheme, origin, host, is_same) in [
            ("https", "chat.test", "chat.test:443", true),
            ("https", "chat.test:443", "chat.test", true),
            ("http", "chat.test", "chat.test:80", true),
            ("http", "[::1]", "[::1]:80", true),
            ("https", "chat.test", "Chat.Test", true),
            ("https", "chat.test:8443", "chat.test:8443", true),
            ("https", "chat.test", "chat.test:80", false),
            ("http", "chat.test", "chat.test:443", false),
            ("https", "chat.test", "chat.test:8443", false),
            ("https", "chat.test", "evil.test:443", false),
            ("https", "chat.test", "chat.test:443:443", false),
            ("https", "chat.test", "", false),
            ("ftp", "chat.test", "chat.test:21", false),
        ] {
            let found = is_same_authority(scheme, origin, host);
            assert_eq!(found, is_same, "{scheme} {origin} {host}");
        }
    }

    #[test]
    fn reading_is_free_but_an_upgrade_is_not() {
        let evil = request(
            Method::GET,
            "/rooms/1/live",
            &[("origin", "https://evil.test")],
        );
        assert!(guard(&evil).is_ok() && guard_upgrade(&evil).is_err());
        assert!(guard_upgrade(&request(Method::GET, "/rooms/1/live", &[])).is_ok());
    }
}
