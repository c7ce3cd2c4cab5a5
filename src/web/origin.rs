//! Protection against cross-site requests, and the few URLs that other origins may call.
//!
//! Together with `SameSite=Lax` cookies this replaces form tokens: browsers say where a request comes
//! from in `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454), and pages cannot forge either.

use poem::{
    Request,
    http::{HeaderMap, HeaderValue, Method, header},
};

use super::{peer::Peer, token};
use crate::error::{Error, Result};

/// Paths that any origin may call without credentials. The page of the original project does.
const OPEN: [&str; 3] = ["/", "/login", "/register"];

/// Refuses state-changing requests that another site makes with the user's cookies.
///
/// # Errors
/// `Forbidden` with the reason.
pub fn guard(request: &Request) -> Result<()> {
    let headers = request.headers();
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if safe || token::bearer(headers).is_some() || is_open_call(request) || is_same_origin(request)
    {
        return Ok(());
    }
    Err(foreign())
}

/// Refuses a WebSocket upgrade that comes from another site.
///
/// # Errors
/// `Forbidden` with the reason.
pub fn guard_upgrade(request: &Request) -> Result<()> {
    if is_same_origin(request) {
        Ok(())
    } else {
        Err(foreign())
    }
}

/// Whether any origin may call this path.
pub fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// Adds the CORS headers (Fetch standard) of an open path.
pub fn allow_any(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    let methods = HeaderValue::from_static("GET, POST, OPTIONS");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    let names = HeaderValue::from_static("content-type, authorization, accept");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("86400"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after"),
    );
}

/// JSON requests to an open path neither read nor set a cookie.
fn is_open_call(request: &Request) -> bool {
    is_open(request.uri().path())
        && request
            .content_type()
            .is_some_and(|kind| kind.starts_with("application/json"))
}

/// Whether a request comes from this site, or from a client that is not a browser and sends neither header. Over
/// HTTPS the origin must be HTTPS too. Otherwise its scheme is ignored, because a proxy may end HTTPS.
fn is_same_origin(request: &Request) -> bool {
    let headers = request.headers();
    let https = request.data::<Peer>().is_some_and(|peer| peer.https);
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    match (site, text(header::ORIGIN)) {
        (Some(site), _) if site != "same-origin" && site != "none" => false,
        (_, Some(origin)) => {
            let Some((scheme, authority)) = origin.split_once("://") else {
                return false;
            };
            Some(authority) == text(header::HOST) && (scheme == "https" || !https)
        }
        (_, None) => true,
    }
}

fn foreign() -> Error {
    Error::Forbidden(
        "This request came from another site. Open Chatterbox directly and try again.".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request {
        let builder = Request::builder()
            .method(method)
            .uri_str(path)
            .header("host", "chat.test");
        headers
            .iter()
            .fold(builder, |b, (name, value)| b.header(*name, *value))
            .finish()
    }

    #[test]
    fn our_own_pages_and_programs_may_post_and_other_sites_may_not() {
        let post =
            |headers: &[(&str, &str)]| guard(&request(Method::POST, "/logout", headers)).is_ok();
        assert!(post(&[]));
        assert!(post(&[
            ("origin", "https://chat.test"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(post(&[
            ("origin", "https://evil.test"),
            ("authorization", "Bearer x")
        ]));
        assert!(!post(&[("origin", "https://evil.test")]));
        assert!(!post(&[("origin", "null")]));
        assert!(!post(&[("sec-fetch-site", "cross-site")]));
        assert!(!post(&[("sec-fetch-site", "same-site")]));
        assert!(!post(&[("origin", "https://chat.test:444")]));
    }

    #[test]
    fn json_log_ins_are_open_to_all_but_forms_are_not() {
        let json = ("content-type", "application/json");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let evil = ("origin", "https://evil.test");
        assert!(guard(&request(Method::POST, "/login", &[evil, json])).is_ok());
        assert!(guard(&request(Method::POST, "/login", &[evil, form])).is_err());
        assert!(guard(&request(Method::POST, "/logout", &[evil, json])).is_err());
    }

    #[test]
    fn reading_is_free_but_an_upgrade_is_not() {
        let evil = [("origin", "https://evil.test")];
        assert!(guard(&request(Method::GET, "/rooms/1/live", &evil)).is_ok());
        assert!(guard_upgrade(&request(Method::GET, "/rooms/1/live", &evil)).is_err());
        assert!(guard_upgrade(&request(Method::GET, "/rooms/1/live", &[])).is_ok());
    }
}
