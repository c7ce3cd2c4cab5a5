//! Content negotiation: a page, a fragment for htmx, or JSON (RFC 9110, section 12).

use poem::{
    FromRequest, Request, RequestBody,
    http::{HeaderMap, HeaderName, header},
};

use super::{headers, token};

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
        let text = |name| headers::text(headers, name);
        let accept = text(header::ACCEPT);
        let sends_json = text(header::CONTENT_TYPE).starts_with("application/json");
        let is_program = accept.contains("application/json") || token::bearer(headers).is_some();
        if sends_json || is_program && !accept.contains("text/html") {
            Wants::Json
        } else if text(HeaderName::from_static("hx-request")) == "true" {
            Wants::Fragment
        } else {
            Wants::Page
        }
    }
}

impl<'a> FromRequest<'a> for Wants {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Wants> {
        Ok(Wants::of(req.headers()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_pages_htmx_fragments_and_programs_json() {
        let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
        for (pairs, expected) in [
            (&[("accept", browser)][..], Wants::Page),
            (&[], Wants::Page),
            (
                &[("hx-request", "true"), ("accept", "text/html")],
                Wants::Fragment,
            ),
            (&[("accept", "application/json")], Wants::Json),
            (
                &[("accept", "*/*"), ("authorization", "Bearer x")],
                Wants::Json,
            ),
            (
                &[("accept", "*/*"), ("content-type", "application/json")],
                Wants::Json,
            ),
            (
                &[("accept", "text/html"), ("authorization", "Bearer x")],
                Wants::Page,
            ),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers::set(&mut headers, *name, value);
            }
            assert_eq!(Wants::of(&headers), expected, "{pairs:?}");
        }
    }
}
