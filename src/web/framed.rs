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

/// The user whom a page is for.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub id: UserId,
    pub username: Arc<str>,
}

/// HTML that a template of ours rendered, for other templates to print as it is.
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

/// What stands inside the frame.
#[derive(Default)]
pub struct Content {
    /// For the document's head.
    pub head: RenderedHtml,
    /// Below the list in the sidebar.
    pub aside: RenderedHtml,
    /// The `<main>` element, and what follows it.
    pub main: RenderedHtml,
    /// Shared HTML that belongs where `main` has a [`super::cached_page::Slot`].
    pub shared: Option<Arc<CachedHtml>>,
}

/// A page on its way to the frame.
pub struct Framed {
    pub status: StatusCode,
    /// Title of the window.
    pub title: String,
    pub viewer: Viewer,
    /// The page's own address: marked in the sidebar, and where its forms come back to.
    pub address: String,
    /// The room that the page shows.
    pub room: Option<RoomId>,
    /// Whether the page has the timeline of a room, and needs its scripts.
    pub shows_messages: bool,
    /// Hash of everything the content follows from. With it, a browser that has the page gets a 304.
    pub version: Option<u64>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u64>,
    content: MakeContent,
}

type MakeContent = Box<dyn FnOnce() -> Result<Content> + Send>;

impl Framed {
    /// A page whose `<main>` is rendered now.
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

    /// The page of a room's timeline. The content is made only if the browser does not have it.
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

    /// The same page about a room.
    pub fn in_room(mut self, room: RoomId) -> Framed {
        (self.room, self.address) = (Some(room), format!("/rooms/{room}"));
        self
    }

    /// The same with another status.
    pub fn with_status(mut self, status: StatusCode) -> Framed {
        self.status = status;
        self
    }

    /// The same as the answer to a refused form: its status, and when to try again.
    pub fn refused(mut self, error: &Error) -> Framed {
        (self.status, self.retry_after) = (error.status(), error.retry_after());
        self
    }

    /// The same for a browser that may have it: the content follows from `what`.
    pub fn with_version(mut self, what: impl Hash) -> Framed {
        self.version = Some(etag::hash(what));
        self
    }

    /// Makes the content.
    ///
    /// # Errors
    /// `Internal` when a template fails.
    pub fn content(self) -> Result<Content> {
        (self.content)()
    }

    /// Takes the page out of a handler's response.
    pub fn take(response: &mut Response) -> Option<Framed> {
        let carried = response.extensions_mut().remove::<Carried>()?;
        carried.0.lock().take()
    }
}

/// Responses carry only what can be cloned.
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
