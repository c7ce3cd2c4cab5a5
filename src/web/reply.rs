//! Responses of handlers: JSON, an htmx fragment, a framed page, a redirect, or nothing.

use askama::Template;
use poem::{IntoResponse, Response, http::StatusCode};
use serde::Serialize;

use super::{framed::Framed, page, wants::Wants};
use crate::error::Result;

/// Response of a handler, or a [`Framed`] page, whose frame is added later.
pub struct Reply(Response);

impl Reply {
    /// JSON with status 200.
    pub fn json(value: &impl Serialize) -> Reply {
        Reply::json_with(StatusCode::OK, value)
    }

    /// JSON.
    pub fn json_with(status: StatusCode, value: &impl Serialize) -> Reply {
        page::json(status, value).into()
    }

    /// HTML fragment for htmx, with status 200.
    pub fn fragment(template: &impl Template) -> Result<Reply> {
        page::html(StatusCode::OK, template).map(Reply)
    }

    /// HTML fragment from a string.
    pub fn fragment_with(status: StatusCode, html: String) -> Reply {
        page::fragment(status, html).into()
    }

    /// Redirect to another URL, with GET.
    pub fn see_other(address: &str) -> Reply {
        page::see_other(address).into()
    }

    /// Response to a change without a result: 204 for programs, a redirect for pages.
    pub fn done(wants: Wants, address: &str) -> Reply {
        match wants {
            Wants::Json => Reply::no_content(),
            _ => Reply::see_other(address),
        }
    }

    /// 204.
    pub fn no_content() -> Reply {
        Reply(StatusCode::NO_CONTENT.into())
    }
}

impl From<Framed> for Reply {
    fn from(framed: Framed) -> Reply {
        Reply(framed.into_response())
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Reply {
        Reply(response)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        self.0
    }
}
