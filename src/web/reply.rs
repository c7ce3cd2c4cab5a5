//! Responses of handlers: JSON, an htmx fragment, a framed page, a redirect, or nothing.

use askama::Template;
use poem::{IntoResponse, Response, http::StatusCode};
use serde::Serialize;

use super::{framed::Framed, page};
use crate::error::Result;

/// Response of a handler.
pub enum Reply {
    /// Page without its frame, which is added later.
    Page(Framed),
    /// Complete response.
    Done(Response),
}

impl Reply {
    /// JSON with status 200.
    pub fn json(value: &impl Serialize) -> Reply {
        Reply::json_with(StatusCode::OK, value)
    }

    /// JSON.
    pub fn json_with(status: StatusCode, value: &impl Serialize) -> Reply {
        Reply::Done(page::json(status, value))
    }

    /// HTML fragment for htmx, with status 200.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn fragment(template: &impl Template) -> Result<Reply> {
        Ok(Reply::Done(page::html(StatusCode::OK, template)?))
    }

    /// HTML fragment from a string.
    pub fn fragment_with(status: StatusCode, html: String) -> Reply {
        Reply::Done(page::fragment(status, html))
    }

    /// Redirect to another URL, with GET.
    pub fn see_other(address: &str) -> Reply {
        Reply::Done(page::see_other(address))
    }

    /// 204.
    pub fn no_content() -> Reply {
        Reply::Done(StatusCode::NO_CONTENT.into())
    }
}

impl From<Framed> for Reply {
    fn from(framed: Framed) -> Reply {
        Reply::Page(framed)
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Reply {
        Reply::Done(response)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        match self {
            Reply::Page(framed) => framed.into_response(),
            Reply::Done(response) => response,
        }
    }
}
