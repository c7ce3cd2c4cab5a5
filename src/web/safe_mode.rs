//! Safe mode of a browser: pages without custom CSS, so that an admin can mend or remove it.

use cookie::{Cookie, SameSite, time::Duration};
use poem::http::{HeaderMap, header};

/// Name of the cookie. It ends with the browser's session.
const COOKIE: &str = "safe";

/// Whether the browser of a request is in safe mode.
pub fn is_on(headers: &HeaderMap) -> bool {
    cookies(headers).any(|pair| pair == "safe=1")
}

/// `name=value` pairs of the cookies of a request.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split("; "))
}

/// `Set-Cookie` value that turns safe mode on.
pub fn turn_on() -> String {
    cookie("1").build().to_string()
}

/// `Set-Cookie` value that turns safe mode off.
pub fn turn_off() -> String {
    cookie("").max_age(Duration::ZERO).build().to_string()
}

fn cookie(value: &'static str) -> cookie::CookieBuilder<'static> {
    Cookie::build((COOKIE, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
}
