//! Safe mode: pages without custom CSS, for an admin whose CSS hides them.

use poem::{
    Response, handler,
    http::{HeaderValue, header},
};

use crate::{
    error::{Error, Result},
    web::{page::see_other, safe_mode},
};

/// Address of the form for custom CSS.
const FORM: &str = "/admin/settings#custom-css";

/// `GET /safe`: turns safe mode on in this browser, and leads to the settings.
#[handler]
pub fn turn_on() -> Result<Response> {
    with_cookie(&safe_mode::turn_on())
}

/// `POST /safe`: turns it off.
#[handler]
pub fn turn_off() -> Result<Response> {
    with_cookie(&safe_mode::turn_off())
}

fn with_cookie(cookie: &str) -> Result<Response> {
    let invalid = |_| Error::Internal("a cookie that is no header".into());
    let cookie = HeaderValue::from_str(cookie).map_err(invalid)?;
    let mut response = see_other(FORM);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
