//! Content negotiation: a page, a fragment for htmx, or JSON (RFC 9110, section 12).

use poem::{
    FromRequest, Request, RequestBody,
    http::{HeaderMap, header},
};

use super::token;

/// Format of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// HTML page.
    Page,
    /// HTML fragment for htmx (`HX-Request: true`).
    Fragment,
    /// JSON.
    Json,
}

impl Wants {
    /// Chooses the format. JSON applies if the request body is JSON, if `Accept` names JSON without HTML, or if a
    /// bearer token comes without HTML in `Accept`.
    pub fn of(headers: &HeaderMap) -> Wants {
        let accept = text(headers, header::ACCEPT);
        let (json, html) = (
            accept.contains("application/json"),
            accept.contains("text/html"),
        );
        let sends_json = text(headers, header::CONTENT_TYPE).starts_with("application/json");
        let program = token::bearer(headers).is_some();
        if sends_json || !html && (json || program) {
            Wants::Json
        } else if text(headers, header::HeaderName::from_static("hx-request")) == "true" {
            Wants::Fragment
        } else {
            Wants::Page
        }
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

impl<'a> FromRequest<'a> for Wants {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Wants> {
        Ok(Wants::of(req.headers()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&'static str, &'static str)]) -> Wants {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, header::HeaderValue::from_static(value));
        }
        Wants::of(&headers)
    }

    #[test]
    fn a_browser_gets_pages_htmx_fragments_and_programs_json() {
        assert_eq!(
            of(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]),
            Wants::Page
        );
        assert_eq!(of(&[]), Wants::Page);
        assert_eq!(
            of(&[("hx-request", "true"), ("accept", "text/html")]),
            Wants::Fragment
        );
        assert_eq!(of(&[("accept", "application/json")]), Wants::Json);
        assert_eq!(
            of(&[("accept", "*/*"), ("authorization", "Bearer x")]),
            Wants::Json
        );
        assert_eq!(
            of(&[("accept", "*/*"), ("content-type", "application/json")]),
            Wants::Json
        );
        assert_eq!(
            of(&[("accept", "text/html"), ("authorization", "Bearer x")]),
            Wants::Page
        );
    }
}
