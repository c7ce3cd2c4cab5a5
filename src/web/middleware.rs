//! Middleware around every request: origin check, error responses, security headers, compression, request log.

use std::{sync::Arc, time::Instant};

use askama::Template;
use poem::{
    Endpoint, IntoResponse, Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};

use super::{
    cached_page::CachedPage,
    compress,
    gzip::{self, Part},
    origin,
    page::{self, Notice, Page},
    peer::Peer,
    resource::PERMISSIONS_POLICY,
    token::Token,
    wants::Wants,
};
use crate::{app::App, error::Error};

/// Minimum size in bytes of a compressed response.
const COMPRESS_FROM: usize = 700;

/// Minimum size in bytes of a response that is compressed on a blocking thread.
const COMPRESS_BLOCKING: usize = 64 << 10;

const GZIP: HeaderValue = HeaderValue::from_static("gzip");

const SECURITY: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
         media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Default `Permissions-Policy`. A route widens it with [`super::resource::Resource::with_permissions`].
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
);

/// Wraps `inner` in the middleware.
pub fn middleware<E>(app: App, inner: E) -> impl Endpoint<Output = Response>
where
    E: Endpoint,
    E::Output: IntoResponse,
{
    Middleware {
        app,
        inner: Arc::new(inner),
    }
}

struct Middleware<E> {
    app: App,
    inner: Arc<E>,
}

impl<E> Endpoint for Middleware<E>
where
    E: Endpoint,
    E::Output: IntoResponse,
{
    type Output = Response;

    async fn call(&self, mut req: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let context = RequestContext::of(&mut req, &self.app);
        let outcome = match origin::guard(&req) {
            Err(refused) => Err(refused.into()),
            Ok(()) if is_preflight(&req) => Ok(StatusCode::NO_CONTENT.into_response()),
            Ok(()) => self.inner.call(req).await.map(IntoResponse::into_response),
        };
        let mut response = outcome.unwrap_or_else(|error| context.render_error(error.into()));
        context.security_headers(&mut response);
        let response = context.compress(response).await;
        let status = response.status().as_u16();
        let (method, path, took) = (&context.method, &context.path, started.elapsed());
        tracing::debug!(%method, path, status, ?took, "request");
        Ok(response)
    }
}

fn is_preflight(req: &Request) -> bool {
    req.method() == Method::OPTIONS && origin::is_open(req.uri().path())
}

/// Data of a request that its response needs.
struct RequestContext {
    method: Method,
    path: String,
    wants: Wants,
    takes_gzip: bool,
    https: bool,
    has_token: bool,
}

impl RequestContext {
    /// Reads the context, and adds the [`Peer`] to the request for its handlers.
    fn of(req: &mut Request, app: &App) -> RequestContext {
        let socket = req
            .remote_addr()
            .as_socket_addr()
            .map(|address| address.ip());
        let socket = socket.unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
        let peer = Peer::of(socket, req.headers(), &app.config.trusted_proxies);
        req.set_data(peer);
        let accept = req.header(header::ACCEPT_ENCODING).unwrap_or_default();
        RequestContext {
            method: req.method().clone(),
            path: req.uri().path().to_owned(),
            wants: Wants::of(req.headers()),
            takes_gzip: compress::takes_gzip(accept),
            https: peer.https,
            has_token: Token::of(req).is_some(),
        }
    }

    /// Error in the format that the client wants. Internal errors are logged here and nowhere else.
    fn render_error(&self, error: Error) -> Response {
        if let Error::Internal(cause) = &error {
            tracing::error!(method = %self.method, path = self.path, cause, "a request failed");
        }
        let status = error.status();
        let to_login = error == Error::Unauthenticated && self.method == Method::GET;
        let mut response = match self.wants {
            Wants::Json => page::json(status, &serde_json::json!({ "detail": error.to_string() })),
            Wants::Fragment => {
                let mut response = page::html(status, &Notice::new(&error, None));
                if let (true, Ok(response)) = (to_login, &mut response) {
                    let name = HeaderName::from_static("hx-redirect");
                    response
                        .headers_mut()
                        .insert(name, HeaderValue::from_static("/login"));
                }
                response.unwrap_or_else(|_| status.into_response())
            }
            Wants::Page if to_login => page::see_other("/login"),
            Wants::Page => self.error_page(&error),
        };
        error.add_retry_after(response.headers_mut());
        if let Error::MethodNotAllowed(allow) = &error
            && let Ok(allow) = HeaderValue::from_str(allow)
        {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        if error == Error::Unauthenticated && self.wants == Wants::Json {
            let scheme = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }

    fn error_page(&self, error: &Error) -> Response {
        let status = error.status();
        let title = match error {
            Error::NotFound => "Page not found",
            Error::Unauthenticated => "You’re logged out",
            Error::TooMany(..) => "Slow down",
            Error::TooLarge => "Too large",
            Error::Internal(_) | Error::Unavailable(_) => "Something went wrong",
            _ => "You can’t do that",
        };
        let page = ErrorPage {
            page: Page::new(title),
            status: status.as_u16(),
            title,
            text: error.to_string(),
            logged_in: self.has_token && *error != Error::Unauthenticated,
        };
        page::html(status, &page).unwrap_or_else(|_| status.into_response())
    }

    fn security_headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in SECURITY {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        headers.entry(PERMISSIONS_POLICY).or_insert(PERMISSIONS);
        if self.https {
            let year = HeaderValue::from_static("max-age=31536000");
            headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
        }
        if origin::is_open(&self.path) {
            origin::allow_any(headers);
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(
                header::CACHE_CONTROL,
                HeaderValue::from_static("private, no-store"),
            );
        }
    }

    /// Writes the body of a cached page, compressed if the client accepts gzip.
    fn join(&self, mut response: Response, page: &CachedPage) -> Response {
        let headers = response.headers_mut();
        vary_by_encoding(headers);
        if self.takes_gzip {
            headers.insert(header::CONTENT_ENCODING, GZIP);
            response.set_body(page.gzip());
        } else {
            response.set_body(page.html());
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
        if !self.takes_gzip || !is_text(headers) || is_encoded {
            return response;
        }
        let Ok(bytes) = response.take_body().into_bytes().await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        vary_by_encoding(response.headers_mut());
        let small = bytes.len() < COMPRESS_BLOCKING;
        if bytes.len() < COMPRESS_FROM {
            response.set_body(bytes);
            return response;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_ENCODING, GZIP);
        headers.remove(header::CONTENT_LENGTH);
        let work = move || gzip::member(&[Part::Text(&bytes)]);
        let compressed = if small {
            work()
        } else {
            match tokio::task::spawn_blocking(work).await {
                Ok(compressed) => compressed,
                Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        };
        response.set_body(compressed);
        response
    }
}

fn vary_by_encoding(headers: &mut HeaderMap) {
    if !headers.contains_key(header::VARY) {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/") || kind.starts_with("application/json"))
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
    logged_in: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_may_replace_the_permissions_policy_and_no_other_security_header() {
        let context = RequestContext {
            method: Method::GET,
            path: "/rooms".into(),
            wants: Wants::Page,
            takes_gzip: false,
            https: false,
            has_token: false,
        };
        let mut response = StatusCode::OK.into_response();
        context.security_headers(&mut response);
        assert_eq!(response.headers()[PERMISSIONS_POLICY], PERMISSIONS);
        let wider = HeaderValue::from_static("microphone=(self)");
        let headers = response.headers_mut();
        headers.insert(PERMISSIONS_POLICY, wider.clone());
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("ALLOW"));
        context.security_headers(&mut response);
        assert_eq!(response.headers()[PERMISSIONS_POLICY], wider);
        assert_eq!(response.headers()[header::X_FRAME_OPTIONS], "DENY");
    }
}
