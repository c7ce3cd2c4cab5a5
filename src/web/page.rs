//! Head of every page, and responses made from templates and values.

use std::sync::Arc;

use askama::Template;
use poem::{
    Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};

use super::{
    appearance::{Appearance, Density},
    assets,
    cached_page::{CachedPage, CachedText},
    etag, headers,
};
use crate::{
    error::{Error, Result},
    settings::ServerSettings,
};

/// Data for the `<head>` of a page.
pub struct Page {
    /// Title of the window.
    pub title: String,
    /// Name of the server.
    pub server: String,
    /// URL of the stylesheet.
    pub styles: &'static str,
    /// URL of the stylesheet that pages without a room need in addition.
    pub more_styles: Option<&'static str>,
    /// URL of the stylesheet of the compact density; `None` for the comfortable one.
    pub compact_styles: Option<&'static str>,
    /// URL of the stylesheet that folds messages of blocked people; `None` without any.
    pub block_styles: Option<String>,
    /// URL of the scripts of htmx.
    pub vendor: &'static str,
    /// URL of the page's own scripts.
    pub script: &'static str,
    /// URL of the scripts that are loaded once the user acts.
    pub script_on_use: &'static str,
    /// URL of their stylesheet.
    pub styles_on_use: &'static str,
    /// How the user wants the page to look.
    pub appearance: Appearance,
    /// URL of the icon.
    pub icon: &'static str,
    /// URL of the picture of the server; the icon without one.
    pub logo: String,
    /// URL of the stylesheet with the accent color of the server.
    pub accent_styles: Option<String>,
    /// URL of the stylesheet of the server's admins.
    pub custom_styles: Option<String>,
}

impl Page {
    /// Head with this title and the scripts of pages without a room.
    pub fn new(title: &str, settings: &ServerSettings) -> Page {
        let icon = assets::url("icon.svg");
        Page {
            title: format!("{title} · {}", settings.name),
            server: settings.name.clone(),
            styles: assets::url("app.css"),
            more_styles: Some(assets::url("pages.css")),
            compact_styles: None,
            block_styles: None,
            vendor: assets::url("vendor.js"),
            script: assets::url("app.js"),
            script_on_use: assets::url("app_on_use.js"),
            styles_on_use: assets::url("on_use.css"),
            appearance: Appearance::default(),
            icon,
            logo: settings.logo_url().unwrap_or_else(|| icon.to_owned()),
            accent_styles: settings.accent_url(),
            custom_styles: None,
        }
    }

    /// Sets how the page looks.
    pub fn with_appearance(mut self, appearance: Appearance) -> Page {
        let is_compact = appearance.density == Density::Compact;
        self.compact_styles = is_compact.then(|| assets::url("compact.css"));
        self.appearance = appearance;
        self
    }

    /// Adds the styles of the server's admins.
    pub fn with_custom_css(mut self, settings: &ServerSettings) -> Page {
        self.custom_styles = settings.custom_css.url();
        self
    }

    /// Replaces the scripts and styles of other pages by those of a room.
    pub fn for_room(mut self) -> Page {
        self.more_styles = None;
        self.script = assets::url("room_page.js");
        self.script_on_use = assets::url("room_page_on_use.js");
        self
    }
}

/// Error as a fragment for htmx, over HTTP or a socket.
#[derive(Template)]
#[template(path = "shared/notice.html")]
pub struct Notice {
    text: String,
    client_id: Option<String>,
    retry: Option<u64>,
}

impl Notice {
    /// Notice of `error`, which may concern the message that the client calls `client_id`.
    pub fn new(error: &Error, client_id: Option<String>) -> Notice {
        Notice {
            text: error.to_string(),
            client_id,
            retry: error.retry_after(),
        }
    }
}

/// HTML response from a template. Caches must not store it.
pub fn html(status: StatusCode, template: &impl Template) -> Result<Response> {
    Ok(fragment(status, template.render()?))
}

/// HTML response from a string, such as a fragment for htmx.
pub fn fragment(status: StatusCode, html: String) -> Response {
    personal(status, "text/html; charset=utf-8", html)
}

/// Response with a cached page. The middleware writes its body in an encoding that the client accepts.
pub fn from_cached(status: StatusCode, page: CachedPage) -> Response {
    let mut response = fragment(status, String::new());
    response.extensions_mut().insert(page);
    response
}

/// 304 if the client already has the response with this tag.
pub fn not_modified(request: &HeaderMap, tag: &str) -> Option<Response> {
    etag::has(request, tag).then(|| with_etag(StatusCode::NOT_MODIFIED.into(), tag))
}

/// Adds an entity tag. The browser may store the response but must revalidate it.
pub fn with_etag(mut response: Response, tag: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
        headers::set(headers, header::CACHE_CONTROL, "private, no-cache");
    }
    let vary = "accept, accept-encoding, hx-request, cookie";
    headers::set(headers, header::VARY, vary);
    response
}

/// JSON response with a cached text. The middleware writes its body in an encoding that the client accepts.
pub fn cached_json(text: Arc<CachedText>) -> Response {
    let mut response = personal(StatusCode::OK, "application/json", String::new());
    response.extensions_mut().insert(CachedPage::whole(text));
    response
}

/// JSON response.
pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Response {
    let text = serde_json::to_string(value).expect("all types have string keys");
    personal(status, "application/json", text)
}

/// Redirect to another URL, with GET.
pub fn see_other(address: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, address)
        .finish()
}

/// Response that caches must not store.
fn personal(status: StatusCode, kind: &str, body: String) -> Response {
    Response::builder()
        .status(status)
        .content_type(kind)
        .header(header::CACHE_CONTROL, "private, no-store")
        .body(body)
}
