//! What every page has in its head, and the way from a template to an answer.

use askama::Template;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

use super::assets;
use crate::error::{Error, Result};

/// The head of a page.
pub struct Page {
    /// Title of the window.
    pub title: String,
    /// Address of the stylesheet.
    pub styles: &'static str,
    /// Address of the script.
    pub script: &'static str,
    /// Address of the icon.
    pub icon: &'static str,
    /// Address of the stylesheet that marks the reader's own messages.
    pub own_styles: Option<String>,
}

impl Page {
    /// A page for somebody who is not logged in, about `title`.
    pub fn new(title: &str) -> Page {
        Page {
            title: format!("{title} · Chatterbox"),
            styles: assets::url("app.css"),
            script: assets::url("app.js"),
            icon: assets::url("icon.svg"),
            own_styles: None,
        }
    }
}

/// An error as a piece of a page: what htmx gets over HTTP and what a socket sends.
#[derive(Template)]
#[template(path = "shared/notice.html")]
pub struct Notice {
    text: String,
    client_id: Option<String>,
    retry: Option<u64>,
}

impl Notice {
    /// Says `error` about the message that its sender calls `client_id`.
    pub fn new(error: &Error, client_id: Option<String>) -> Notice {
        Notice {
            text: error.to_string(),
            client_id,
            retry: error.retry_after(),
        }
    }
}

/// A template as an HTML answer; personal, so never stored by caches.
///
/// # Errors
/// `Internal` when the template cannot be rendered.
pub fn html(status: StatusCode, template: &impl Template) -> Result<Response> {
    Ok(personal(
        status,
        "text/html; charset=utf-8",
        template.render()?,
    ))
}

/// A value as a JSON answer.
pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Response {
    let text = serde_json::to_string(value).expect("our types have string keys only");
    personal(status, "application/json", text)
}

/// To another address, with GET.
pub fn see_other(address: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, address)
        .finish()
}

fn personal(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::builder().status(status).body(body);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let personal = HeaderValue::from_static("private, no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, personal);
    response
}
