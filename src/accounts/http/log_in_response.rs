//! Responses of the steps of a log-in: cookies, tokens, and the page that comes next.

use poem::{
    Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use serde_json::json;

use crate::{
    accounts::{Accounts, LogInClient, log_in::LoggedIn},
    error::{Error, Result},
    web::{
        form_values::after_log_in,
        page::{json, see_other},
        token,
        wants::Wants,
    },
};

/// URL path of the second step of a log-in.
const CODE_ADDRESS: &str = "/login/code";

/// Address of the second step of a log-in that leads to `next`.
pub fn code_page(next: &str) -> String {
    let pairs = (next != "/").then_some([("next", next)]);
    match pairs.and_then(|pairs| serde_urlencoded::to_string(pairs).ok()) {
        Some(query) => format!("{CODE_ADDRESS}?{query}"),
        None => CODE_ADDRESS.to_owned(),
    }
}

/// Response to a finished log-in: the token as JSON, or cookies and the page that was asked for.
pub async fn logged_in_response(
    accounts: &Accounts,
    client: &LogInClient,
    wants: Wants,
    (LoggedIn { token, user }, next): (LoggedIn, Option<&str>),
) -> Result<Response> {
    if wants == Wants::Json {
        if let Err(error) = accounts.warn_of_program(user, client).await {
            tracing::warn!(?error, "a user was not warned of a log-in");
        }
        return Ok(json(StatusCode::OK, &json!({ "token": token.to_string() })));
    }
    let https = client.peer.https;
    let mut response = see_other(&after_log_in(next));
    let headers = response.headers_mut();
    set_cookie(headers, &token::set_cookie(token, https))?;
    match accounts.remember_device(user, client).await {
        Ok(device) => set_cookie(headers, &token::set_device_cookie(device, https))?,
        Err(error) => tracing::warn!(?error, "a device was not remembered"),
    }
    Ok(response)
}

/// Response to a log-in that had a pending part: a second factor, or the challenge of a passkey. Also removes the cookie
/// of the pending log-in.
pub async fn completed_log_in_response(
    accounts: &Accounts,
    client: &LogInClient,
    wants: Wants,
    logged_in: (LoggedIn, Option<&str>),
) -> Result<Response> {
    let mut response = logged_in_response(accounts, client, wants, logged_in).await?;
    if wants != Wants::Json {
        let cookie = token::clear_pending_cookie(client.peer.https);
        set_cookie(response.headers_mut(), &cookie)?;
    }
    Ok(response)
}

/// Adds a cookie to a response.
pub fn set_cookie(headers: &mut HeaderMap, cookie: &str) -> Result<()> {
    let value = HeaderValue::from_str(cookie)
        .map_err(|_| Error::Internal("a cookie that is no header".into()))?;
    headers.append(header::SET_COOKIE, value);
    Ok(())
}
