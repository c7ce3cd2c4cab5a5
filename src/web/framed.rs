//! Pages of logged-in users. A handler makes the content; `crate::frame` adds the sidebar around it, so that
//! no feature has to know what the sidebar shows.

use std::{hash::Hash, sync::Arc};

use askama::{Template, filters::Safe};
use parking_lot::Mutex;
use poem::{IntoResponse, Response, http::StatusCode};

use super::{appearance::Appearance, cached_page::CachedText, etag};
use crate::{
    db::ids::{AvatarId, RoomId, UserId},
    error::{Error, Result},
};

/// User that a page is rendered for.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub id: UserId,
    pub username: Arc<str>,
    /// Name under which pages show them.
    pub name: Arc<str>,
    pub avatar: Option<AvatarId>,
    /// Whether they are a server admin.
    pub is_admin: bool,
    /// Whether they are a guest.
    pub is_guest: bool,
    pub appearance: Appearance,
}

/// Renders a template as a part of another one, which prints it without escaping.
pub fn rendered(template: &impl Template) -> Result<Safe<String>> {
    Ok(Safe(template.render()?))
}

/// Content inside the frame.
pub struct Content {
    /// Elements for the `<head>`.
    pub head: Safe<String>,
    /// HTML below the list in the sidebar.
    pub aside: Safe<String>,
    /// `<main>` element and the elements after it.
    pub main: Safe<String>,
    /// Shared HTML for the [`super::cached_page::CONTENT_SLOT`] in `main`.
    pub shared: Option<Arc<CachedText>>,
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
    /// Renders the content.
    content: Box<dyn FnOnce() -> Result<Content> + Send>,
}

impl Framed {
    /// Page whose `<main>` is rendered immediately.
    pub fn new(viewer: Viewer, title: &str, address: &str, main: &impl Template) -> Result<Framed> {
        let content = Content {
            head: Safe(String::new()),
            aside: Safe(String::new()),
            main: rendered(main)?,
            shared: None,
        };
        let address = address.to_owned();
        Ok(Framed::with_content(viewer, title, address, || Ok(content)))
    }

    /// Page of a room. Its content is rendered only if the browser does not have it.
    pub fn of_room(
        viewer: Viewer,
        title: &str,
        room: RoomId,
        content: impl FnOnce() -> Result<Content> + Send + 'static,
    ) -> Framed {
        let address = format!("/rooms/{room}");
        Framed {
            room: Some(room),
            shows_messages: true,
            ..Framed::with_content(viewer, title, address, content)
        }
    }

    fn with_content(
        viewer: Viewer,
        title: &str,
        address: String,
        content: impl FnOnce() -> Result<Content> + Send + 'static,
    ) -> Framed {
        Framed {
            status: StatusCode::OK,
            title: title.to_owned(),
            viewer,
            address,
            room: None,
            shows_messages: false,
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
    pub fn content(self) -> Result<Content> {
        (self.content)()
    }

    /// Removes the page from the response of a handler.
    pub fn take(response: &mut Response) -> Option<Framed> {
        let framed: Arc<Mutex<Option<Framed>>> = response.extensions_mut().remove()?;
        framed.lock().take()
    }
}

impl IntoResponse for Framed {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let framed = Arc::new(Mutex::new(Some(self))); // extensions must implement `Clone`
        response.extensions_mut().insert(framed);
        response
    }
}
