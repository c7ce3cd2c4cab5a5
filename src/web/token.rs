//! Session tokens in requests and responses: cookie, `Authorization: Bearer`, and `?token=` on sockets.

use cookie::{Cookie, SameSite, time::Duration};
use poem::{
    Request,
    http::{HeaderMap, header},
};
use uuid::Uuid;

use super::{peer::Peer, query::lenient_param};

/// Maximum lifetime of a session. The server may end it earlier.
const MAX_AGE: Duration = Duration::days(90);
/// Lifetime of the cookie of a device, the longest that browsers allow (RFC 6265bis).
const DEVICE_MAX_AGE: Duration = Duration::days(400);
/// Lifetime of the cookie of a log-in that waits for its second step.
const PENDING_MAX_AGE: Duration = Duration::minutes(5);

/// Session token with its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Token from the cookie. Browsers send it with requests of other sites too, so the origin must be checked.
    Cookie(Uuid),
    /// Token from a header or the URL, which other sites cannot add.
    Explicit(Uuid),
}

impl Token {
    /// Value of the token.
    pub fn value(self) -> Uuid {
        match self {
            Token::Cookie(value) | Token::Explicit(value) => value,
        }
    }

    /// Token of a request. A bearer token precedes the cookie.
    pub fn of(request: &Request) -> Option<Token> {
        if let Some(token) = bearer(request.headers()) {
            return Uuid::parse_str(token).ok().map(Token::Explicit);
        }
        let https = request.data::<Peer>().is_some_and(|peer| peer.https);
        cookie_value(request, name(https)).map(Token::Cookie)
    }

    /// Token of a WebSocket request: `?token=`, then as in [`Token::of`]. Browsers cannot set headers on a
    /// WebSocket. Other requests must not use it, because URLs end up in logs and histories.
    pub fn of_socket(request: &Request) -> Option<Token> {
        match lenient_param::<String>(request, "token") {
            Some(token) => Uuid::parse_str(&token).ok().map(Token::Explicit),
            None => Token::of(request),
        }
    }
}

/// Value of the cookie that stays on a device after a log-in.
pub fn device(request: &Request) -> Option<Uuid> {
    let https = request.data::<Peer>().is_some_and(|peer| peer.https);
    cookie_value(request, device_name(https))
}

/// Value of the cookie of a log-in that waits for its second step.
pub fn pending_log_in(request: &Request) -> Option<Uuid> {
    let https = request.data::<Peer>().is_some_and(|peer| peer.https);
    cookie_value(request, pending_name(https))
}

/// UUID in a cookie.
fn cookie_value(request: &Request, name: &str) -> Option<Uuid> {
    let cookies = request.headers().get_all(header::COOKIE).iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .and_then(|cookie| Uuid::parse_str(cookie.value()).ok())
}

/// Bearer token of the `Authorization` header (RFC 6750).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then_some(token.trim())
}

/// `Set-Cookie` value that stores `token`.
pub fn set_cookie(token: Uuid, https: bool) -> String {
    cookie(name(https), token.to_string(), MAX_AGE, https)
}

/// `Set-Cookie` value that marks the device of a log-in.
pub fn set_device_cookie(device: Uuid, https: bool) -> String {
    cookie(
        device_name(https),
        device.to_string(),
        DEVICE_MAX_AGE,
        https,
    )
}

/// `Set-Cookie` value that names a log-in which waits for its second step.
pub fn set_pending_cookie(pending: Uuid, https: bool) -> String {
    let value = pending.to_string();
    cookie(pending_name(https), value, PENDING_MAX_AGE, https)
}

/// `Set-Cookie` value that removes it.
pub fn clear_pending_cookie(https: bool) -> String {
    cookie(pending_name(https), String::new(), Duration::ZERO, https)
}

/// `Set-Cookie` value that removes the token.
pub fn clear_cookie(https: bool) -> String {
    cookie(name(https), String::new(), Duration::ZERO, https)
}

fn cookie(name: &'static str, value: String, max_age: Duration, https: bool) -> String {
    Cookie::build((name, value))
        .max_age(max_age)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
        .to_string()
}

/// Name of the cookie. Over HTTPS it starts with `__Host-`, which browsers accept only with Secure, Path=/ and no
/// Domain (RFC 6265bis).
fn name(https: bool) -> &'static str {
    match https {
        true => "__Host-chatterbox",
        false => "chatterbox",
    }
}

/// Name of the cookie of a device.
fn device_name(https: bool) -> &'static str {
    match https {
        true => "__Host-chatterbox-device",
        false => "chatterbox-device",
    }
}

/// Name of the cookie of a log-in that waits for its second step.
fn pending_name(https: bool) -> &'static str {
    match https {
        true => "__Host-chatterbox-pending",
        false => "chatterbox-pending",
    }
}
