//! The session token on its way in and out: cookie, `Authorization: Bearer`, and `?token=` on sockets.

use cookie::{Cookie, SameSite, time::Duration};
use poem::{
    Request,
    http::{HeaderMap, header},
};
use uuid::Uuid;

use super::peer::Peer;

/// Cookies may live as long as a session does at most; the server decides earlier.
const MAX_AGE: Duration = Duration::days(90);

/// A token and the way it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// From the cookie: sent by the browser whatever page asks, so the origin must be checked.
    Cookie(Uuid),
    /// Shown on purpose.
    Shown(Uuid),
}

impl Token {
    /// The token itself.
    pub fn value(self) -> Uuid {
        match self {
            Token::Cookie(value) | Token::Shown(value) => value,
        }
    }

    /// The token of a request: bearer before cookie.
    pub fn of(request: &Request) -> Option<Token> {
        if let Some(token) = bearer(request.headers()) {
            return Uuid::parse_str(token).ok().map(Token::Shown);
        }
        let https = request.data::<Peer>().is_some_and(|peer| peer.https);
        let cookies = request.headers().get_all(header::COOKIE).iter();
        cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(Cookie::split_parse)
            .filter_map(Result::ok)
            .find(|cookie| cookie.name() == name(https))
            .and_then(|cookie| Uuid::parse_str(cookie.value()).ok())
            .map(Token::Cookie)
    }

    /// As [`Token::of`], but a `?token=` in the address comes first. For sockets only: addresses end
    /// up in logs and histories, and browsers cannot set headers on a WebSocket.
    pub fn of_socket(request: &Request) -> Option<Token> {
        #[derive(serde::Deserialize)]
        struct Query {
            token: Option<String>,
        }
        let query = request.uri().query().unwrap_or_default();
        match serde_urlencoded::from_str::<Query>(query)
            .ok()
            .and_then(|query| query.token)
        {
            Some(token) => Uuid::parse_str(&token).ok().map(Token::Shown),
            None => Token::of(request),
        }
    }
}

/// What follows `Bearer`, in any case, in the `Authorization` header (RFC 6750).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// The `Set-Cookie` value that keeps `token`.
pub fn keep(token: Uuid, https: bool) -> String {
    let base = Cookie::build((name(https), token.to_string())).max_age(MAX_AGE);
    attributes(base, https)
}

/// The `Set-Cookie` value that forgets the token.
pub fn forget(https: bool) -> String {
    attributes(
        Cookie::build((name(https), "")).max_age(Duration::ZERO),
        https,
    )
}

fn attributes(cookie: cookie::CookieBuilder<'_>, https: bool) -> String {
    cookie
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
        .to_string()
}

/// `__Host-` makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis), so only over HTTPS.
fn name(https: bool) -> &'static str {
    if https {
        "__Host-chatterbox"
    } else {
        "chatterbox"
    }
}
