//! Pages of logged-in users. A handler makes the content; `crate::frame` adds the sidebar around it, so that
//! no feature has to know what the sidebar shows.

use std::{fmt, hash::Hash, sync::Arc};

use askama::{FastWritable, Template, Values, filters::HtmlSafe};
use parking_lot::Mutex;
use poem::{IntoResponse, Response, http::StatusCode};

use super::{cached_page::CachedHtml, etag};
use crate::{
    db::ids::{RoomId, UserId},
    error::{Error, Result},
};

/// User that a page is rendered for.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub id: UserId,
    pub username: Arc<str>,
}

/// Rendered HTML, which templates print without escaping.
#[derive(Default)]
pub struct RenderedHtml(String);

impl RenderedHtml {
    /// Renders a template.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn of(template: &impl Template) -> Result<RenderedHtml> {
        Ok(RenderedHtml(template.render()?))
    }
}

impl HtmlSafe for RenderedHtml {}

impl fmt::Display for RenderedHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FastWritable for RenderedHtml {
    fn write_into(&self, out: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(out.write_str(&self.0)?)
    }
}

/// Content inside the frame.
#[derive(Default)]
pub struct Content {
    /// Elements for the `<head>`.
    pub head: RenderedHtml,
    /// HTML below the list in the sidebar.
    pub aside: RenderedHtml,
    /// `<main>` element and the elements after it.
    pub main: RenderedHtml,
    /// Shared HTML for the [`super::cached_page::ContentSlot`] in `main`.
    pub shared: Option<Arc<CachedHtml>>,
}

/// Page without its frame.
pub struct Framed {
    pub status: StatusCode,
    /// Title of the window.
    pub title: String,
    pub viewer: Viewer,
    /// Path of the page. It is marked in the sidebar, and forms return to it.
    pub address: String,
    /// Room that the page shows.
    pub room: Option<RoomId>,
    /// Whether the page has the messages of a room and needs its scripts.
    pub shows_messages: bool,
    /// Hash of all data that the content depends on. With it, a browser that has the page gets 304.
    pub version: Option<u64>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u64>,
    content: MakeContent,
}

type MakeContent = Box<dyn FnOnce() -> Result<Content> + Send>;

impl Framed {
    /// Page whose `<main>` is rendered immediately.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn new(viewer: Viewer, title: &str, address: &str, main: &impl Template) -> Result<Framed> {
        let main = RenderedHtml::of(main)?;
        Ok(Framed {
            status: StatusCode::OK,
            title: title.to_owned(),
            viewer,
            address: address.to_owned(),
            room: None,
            shows_messages: false,
            version: None,
            retry_after: None,
            content: Box::new(move || {
                Ok(Content {
                    main,
                    ..Content::default()
                })
            }),
        })
    }

    /// Page of a room. Its content is rendered only if the browser does not have it.
    pub fn of_room(
        viewer: Viewer,
        title: &str,
        room: RoomId,
        content: impl FnOnce() -> Result<Content> + Send + 'static,
    ) -> Framed {
        Framed {
            status: StatusCode::OK,
            title: title.to_owned(),
            viewer,
            address: format!("/rooms/{room}"),
            room: Some(room),
            shows_messages: true,
            version: None,
            retry_after: None,
            content: Box::new(content),
        }
    }

    /// Sets the room.
    pub fn in_room(mut self, room: RoomId) -> Framed {
        (self.room, self.address) = (Some(room), format!("/rooms/{room}"));
        self
    }

    /// Sets the status.
    pub fn with_status(mut self, status: StatusCode) -> Framed {
        self.status = status;
        self
    }

    /// Sets status and `Retry-After` of the error of a form.
    pub fn refused(mut self, error: &Error) -> Framed {
        (self.status, self.retry_after) = (error.status(), error.retry_after());
        self
    }

    /// Sets the version: the content depends on `state` alone.
    pub fn with_version(mut self, state: impl Hash) -> Framed {
        self.version = Some(etag::hash(state));
        self
    }

    /// Renders the content.
    ///
    /// # Errors
    /// `Internal` when a template fails.
    pub fn content(self) -> Result<Content> {
        (self.content)()
    }

    /// Removes the page from the response of a handler.
    pub fn take(response: &mut Response) -> Option<Framed> {
        let carried = response.extensions_mut().remove::<Carried>()?;
        carried.0.lock().take()
    }
}

/// Response extension with the page. Extensions must implement `Clone`.
#[derive(Clone)]
struct Carried(Arc<Mutex<Option<Framed>>>);

impl IntoResponse for Framed {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let carried = Carried(Arc::new(Mutex::new(Some(self))));
        response.extensions_mut().insert(carried);
        response
    }
}
