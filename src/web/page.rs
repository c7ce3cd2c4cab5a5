//! What every page has in its head, and the way from a template to an answer.

use askama::Template;
use poem::{
    IntoResponse, Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};

use super::{assets, cached_page::CachedPage, etag};
use crate::error::{Error, Result};

/// The head of a page.
pub struct Page {
    /// Title of the window.
    pub title: String,
    /// Address of the stylesheet.
    pub styles: &'static str,
    /// Address of the scripts of htmx.
    pub vendor: &'static str,
    /// Address of the page's own scripts.
    pub script: &'static str,
    /// Address of the icon.
    pub icon: &'static str,
}

impl Page {
    /// A page for somebody who is not logged in, about `title`.
    pub fn new(title: &str) -> Page {
        Page {
            title: format!("{title} · Chatterbox"),
            styles: assets::url("app.css"),
            vendor: assets::url("vendor.js"),
            script: assets::url("app.js"),
            icon: assets::url("icon.svg"),
        }
    }

    /// The same page with the scripts of a room.
    pub fn with_room_scripts(mut self) -> Page {
        self.script = assets::url("room_page.js");
        self
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

/// A page in pieces; the door puts them together in the coding that the client takes.
pub fn pieced(status: StatusCode, pieces: CachedPage) -> Response {
    let mut response = personal(status, "text/html; charset=utf-8", String::new());
    response.extensions_mut().insert(pieces);
    response
}

/// A 304 for a request that has the answer with this tag already.
pub fn unless_changed(request: &HeaderMap, tag: &str) -> Option<Response> {
    let response = StatusCode::NOT_MODIFIED.into_response();
    etag::has(request, tag).then(|| tagged(response, tag))
}

/// An answer that the browser may keep, but asks for each time.
pub fn tagged(mut response: Response, tag: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
        let again = HeaderValue::from_static("private, no-cache");
        headers.insert(header::CACHE_CONTROL, again);
    }
    let what = HeaderValue::from_static("accept, accept-encoding, hx-request, cookie");
    headers.insert(header::VARY, what);
    response
}

/// A value as a JSON answer.
pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Response {
    let text = serde_json::to_string(value).expect("our types have string keys only");
    personal(status, "application/json", text)
}

/// HTML that was rendered before, for htmx.
pub fn fragment(status: StatusCode, html: String) -> Response {
    personal(status, "text/html; charset=utf-8", html)
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
