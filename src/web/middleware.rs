//! Middleware around every request: checks of host and origin, error responses, security headers, compression, request
//! log.

use std::{net::Ipv4Addr, sync::Arc, time::Instant};

use askama::Template;
use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{self, CONTENT_SECURITY_POLICY},
    },
};

use super::{
    cached_page::CachedPage,
    compress,
    form_values::log_in_for,
    gzip::{self, Part},
    headers, host, invite_path,
    origin::{self, Source},
    page::{self, Notice, Page},
    peer::{Peer, ProxyWarning},
    raw_file::RawFile,
    resource::PERMISSIONS_POLICY,
    token::Token,
    wants::Wants,
};
use crate::{
    app::App,
    error::{Error, Result},
    settings::ServerSettings,
};

/// Minimum size in bytes of a compressed response.
const COMPRESS_FROM: usize = 700;

/// Minimum size in bytes of a response that is compressed on a blocking thread.
const COMPRESS_BLOCKING: usize = 64 << 10;

/// Policy of files of users: nothing in them runs or loads anything.
const RAW_FILE_POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; \
     style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

const SECURITY: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
         media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Default `Permissions-Policy`. A route widens it with [`super::resource::Resource::with_permissions`].
const PERMISSIONS: &str =
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// Default `Referrer-Policy`. Pages whose URL has a token set another one.
const REFERRERS: &str = "same-origin";

/// Page that asks for the password.
const CONFIRMATION: &str = "/account";

/// Paths after which a token follows, which the log must not contain.
const BEFORE_TOKENS: [&str; 3] = ["/reset/", "/account/email/", invite_path::INVITE];

/// The path of a request, without a token.
fn loggable(path: &str) -> &str {
    let starts = BEFORE_TOKENS
        .iter()
        .filter(|start| path.starts_with(**start));
    starts
        .map(|start| &path[..start.len()])
        .next()
        .unwrap_or(path)
}

/// Wraps `inner` in the middleware.
pub fn middleware(
    app: App,
    inner: impl Endpoint<Output: IntoResponse> + 'static,
) -> impl Endpoint<Output = Response> {
    let proxy_warning = ProxyWarning::default();
    inner.around(move |inner, mut req| {
        let started = Instant::now();
        let context = RequestContext::of(&mut req, &app, &proxy_warning);
        async move {
            let is_preflight = context.method == Method::OPTIONS && origin::is_open(&context.path);
            let outcome = match context.admitted.clone().and_then(|()| origin::guard(&req)) {
                Err(refused) => Err(refused.into()),
                Ok(()) if is_preflight => Ok(StatusCode::NO_CONTENT.into_response()),
                Ok(()) => inner.call(req).await.map(IntoResponse::into_response),
            };
            let mut response = outcome.unwrap_or_else(|error| context.render_error(error.into()));
            context.security_headers(&mut response);
            let mut response = context.compress(response).await;
            if origin::is_open(&context.path) {
                origin::vary(response.headers_mut());
            }
            let status = response.status().as_u16();
            let (method, path) = (&context.method, loggable(&context.path));
            let took = started.elapsed();
            tracing::debug!(%method, path, status, ?took, "request");
            Ok(response)
        }
    })
}

/// Data of a request that its response needs.
struct RequestContext {
    method: Method,
    path: String,
    /// Path and query.
    address: String,
    wants: Wants,
    takes_gzip: bool,
    https: bool,
    has_token: bool,
    settings: Arc<ServerSettings>,
    /// Whether the host is this server's.
    admitted: Result<()>,
    /// Value of `Access-Control-Allow-Origin`, for pages of other origins that may call this path.
    allowed_origin: Option<HeaderValue>,
}

impl RequestContext {
    /// Reads the context, and adds the [`Peer`] and the [`Source`] to the request for its handlers.
    fn of(req: &mut Request, app: &App, proxy_warning: &ProxyWarning) -> RequestContext {
        let socket = req.remote_addr().as_socket_addr();
        let socket = socket.map_or(Ipv4Addr::UNSPECIFIED.into(), |socket| socket.ip());
        proxy_warning.check(socket, req, &app.config);
        let peer = Peer::of(socket, req.headers(), &app.config.trusted_proxies);
        req.set_data(peer);
        let source = Source::of(req, &app.config);
        req.set_data(source);
        let accept = req.header(header::ACCEPT_ENCODING).unwrap_or_default();
        RequestContext {
            method: req.method().clone(),
            path: req.uri().path().to_owned(),
            address: req
                .uri()
                .path_and_query()
                .map_or("/", |all| all.as_str())
                .to_owned(),
            wants: Wants::of(req.headers()),
            takes_gzip: compress::takes_gzip(accept),
            https: peer.https,
            has_token: Token::of(req).is_some(),
            settings: app.settings.current(),
            admitted: host::guard(req, &app.config),
            allowed_origin: origin::allowed_origin(req, &app.config),
        }
    }

    /// Error in the format that the client wants. Internal errors are logged here and nowhere else.
    fn render_error(&self, error: Error) -> Response {
        if let Error::Internal(cause) = &error {
            let path = loggable(&self.path);
            tracing::error!(method = %self.method, path, cause, "a request failed");
        }
        let status = error.status();
        let is_logged_out = error == Error::Unauthenticated;
        let to_login = is_logged_out && self.method == Method::GET;
        let rendered = match self.wants {
            Wants::Json => {
                let detail = serde_json::json!({ "detail": error.to_string() });
                Ok(page::json(status, &detail))
            }
            Wants::Fragment => page::html(status, &Notice::new(&error, None)),
            Wants::Page if to_login => Ok(page::see_other(&log_in_for(&self.address))),
            Wants::Page if error == Error::Unconfirmed => Ok(page::see_other(CONFIRMATION)),
            Wants::Page => page::html(status, &self.error_page(&error)),
        };
        let mut response = rendered.unwrap_or_else(|_| status.into_response());
        let headers = response.headers_mut();
        error.add_retry_after(headers);
        if let Error::MethodNotAllowed(allow) = &error
            && let Ok(allow) = HeaderValue::from_str(allow)
        {
            headers.insert(header::ALLOW, allow);
        }
        match self.wants {
            Wants::Json if is_logged_out => {
                headers::set(headers, header::WWW_AUTHENTICATE, "Bearer");
            }
            Wants::Fragment if to_login => headers::set(headers, "hx-redirect", "/login"),
            Wants::Fragment if error == Error::Unconfirmed => {
                headers::set(headers, "hx-redirect", CONFIRMATION);
            }
            _ => {}
        }
        response
    }

    fn error_page(&self, error: &Error) -> ErrorPage {
        let title = match error {
            Error::NotFound => "Page not found",
            Error::Gone(_) => "Not available",
            Error::Misdirected(_) => "Wrong address",
            Error::Unauthenticated => "You’re logged out",
            Error::TooMany(..) => "Slow down",
            Error::TooLarge | Error::FileTooLarge(_) => "Too large",
            Error::NoSpace(_) => "No space left",
            Error::Internal(_) | Error::Unavailable(_) => "Something went wrong",
            Error::WrongClock | Error::Disk => "Something went wrong",
            _ => "You can’t do that",
        };
        let logged_in = self.has_token && *error != Error::Unauthenticated;
        ErrorPage {
            page: Page::new(title, &self.settings),
            status: error.status().as_u16(),
            title,
            text: error.to_string(),
            link: match error {
                Error::Misdirected(url) => url.clone().unwrap_or_default(),
                _ if logged_in => "/".into(),
                _ => "/login".into(),
            },
        }
    }

    fn security_headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in SECURITY {
            headers::set(headers, name, value);
        }
        if response.extensions().get::<RawFile>().is_some() {
            headers::set(
                response.headers_mut(),
                CONTENT_SECURITY_POLICY,
                RAW_FILE_POLICY,
            );
        }
        let headers = response.headers_mut();
        if invite_path::has_token(&self.address) {
            headers::set(
                headers,
                header::REFERRER_POLICY,
                invite_path::REFERRER_POLICY,
            );
        }
        if let Some(date) = headers::date() {
            headers.insert(header::DATE, date);
        }
        set_default(headers, PERMISSIONS_POLICY, PERMISSIONS);
        set_default(headers, header::REFERRER_POLICY, REFERRERS);
        set_default(headers, header::CACHE_CONTROL, "private, no-store");
        if self.https {
            let year = "max-age=31536000";
            headers::set(headers, header::STRICT_TRANSPORT_SECURITY, year);
        }
        if let Some(origin) = &self.allowed_origin {
            origin::allow(headers, origin.clone());
        }
    }

    /// Writes the body of a cached page, compressed if the client accepts gzip.
    fn join(&self, mut response: Response, page: &CachedPage) -> Response {
        let headers = response.headers_mut();
        set_default(headers, header::VARY, "accept-encoding");
        if self.takes_gzip {
            headers::set(headers, header::CONTENT_ENCODING, "gzip");
            response.set_body(page.gzip());
        } else {
            response.set_body(page.text());
        }
        response
    }

    /// Compresses a text response that is large enough and not yet compressed.
    async fn compress(&self, mut response: Response) -> Response {
        if let Some(page) = response.extensions_mut().remove::<CachedPage>() {
            return self.join(response, &page);
        }
        let headers = response.headers();
        let is_encoded = headers.contains_key(header::CONTENT_ENCODING);
        let is_file = response.extensions().get::<RawFile>().is_some();
        if !self.takes_gzip || !is_text(headers) || is_encoded || is_file {
            return response;
        }
        let Ok(bytes) = response.take_body().into_bytes().await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let (headers, length) = (response.headers_mut(), bytes.len());
        set_default(headers, header::VARY, "accept-encoding");
        if length < COMPRESS_FROM {
            response.set_body(bytes);
            return response;
        }
        headers::set(headers, header::CONTENT_ENCODING, "gzip");
        headers.remove(header::CONTENT_LENGTH);
        let work = move || gzip::member(&[Part::Text(&bytes)]);
        let compressed = match length < COMPRESS_BLOCKING {
            true => Ok(work()),
            false => tokio::task::spawn_blocking(work).await,
        };
        let Ok(compressed) = compressed else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        response.set_body(compressed);
        response
    }
}

/// Adds a header, unless the response has one of this name.
fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    let entry = headers.entry(name);
    entry.or_insert(HeaderValue::from_static(value));
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers::text(headers, header::CONTENT_TYPE);
    kind.starts_with("text/") || kind.starts_with("application/json")
}

/// Error of a handler or the router.
impl From<poem::Error> for Error {
    fn from(error: poem::Error) -> Error {
        let status = error.status();
        match error.downcast::<Error>() {
            Ok(error) => error,
            Err(_) if status == StatusCode::NOT_FOUND => Error::NotFound,
            Err(other) if status.is_client_error() => Error::Malformed(other.to_string()),
            Err(other) => Error::Internal(other.to_string()),
        }
    }
}

#[derive(Template)]
#[template(path = "shared/error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    title: &'static str,
    text: String,
    /// Where the button leads: a page of this server, or its right address. Empty without a button.
    link: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_may_replace_the_permissions_policy_and_no_other_security_header() {
        let context = RequestContext {
            method: Method::GET,
            path: "/rooms".into(),
            address: "/rooms".into(),
            wants: Wants::Page,
            takes_gzip: false,
            https: false,
            has_token: false,
            settings: Arc::default(),
            admitted: Ok(()),
            allowed_origin: None,
        };
        let mut response = StatusCode::OK.into_response();
        context.security_headers(&mut response);
        assert_eq!(response.headers()[PERMISSIONS_POLICY], PERMISSIONS);
        let wider = "microphone=(self)";
        let headers = response.headers_mut();
        headers::set(headers, PERMISSIONS_POLICY, wider);
        headers::set(headers, header::X_FRAME_OPTIONS, "ALLOW");
        context.security_headers(&mut response);
        assert_eq!(response.headers()[PERMISSIONS_POLICY], wider);
        assert_eq!(response.headers()[header::X_FRAME_OPTIONS], "DENY");
    }
}
