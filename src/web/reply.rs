//! The answers that handlers give: JSON, a fragment for htmx, a framed page, a redirect, or nothing.

use askama::Template;
use poem::{IntoResponse, Response, http::StatusCode};
use serde::Serialize;

use super::{framed::Framed, page};
use crate::error::Result;

/// An answer in the form that the client asked for.
pub enum Reply {
    /// A page that gets its sidebar later.
    Page(Framed),
    /// Anything that is complete.
    Done(Response),
}

impl Reply {
    /// A value as JSON, with status 200.
    pub fn json(value: &impl Serialize) -> Reply {
        Reply::json_with(StatusCode::OK, value)
    }

    /// A value as JSON.
    pub fn json_with(status: StatusCode, value: &impl Serialize) -> Reply {
        Reply::Done(page::json(status, value))
    }

    /// HTML for htmx to put into a page, with status 200.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn fragment(template: &impl Template) -> Result<Reply> {
        Ok(Reply::Done(page::html(StatusCode::OK, template)?))
    }

    /// HTML that was rendered before.
    pub fn fragment_with(status: StatusCode, html: String) -> Reply {
        Reply::Done(page::fragment(status, html))
    }

    /// A redirect to another address, with GET.
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
