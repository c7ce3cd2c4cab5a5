//! The layout around a page: head, sidebar, and the content that a handler made.

use askama::Template;
use poem::{
    Endpoint, EndpointExt, IntoResponse, Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};

use crate::{
    app::App,
    error::Result,
    rooms::Rooms,
    sidebar::SidebarView,
    web::{
        cached_page::{CachedHtml, CachedPage},
        etag,
        framed::{Content, Framed},
        page::{self, Page},
    },
};

/// A whole page of a logged-in user.
#[derive(Template)]
#[template(path = "frame.html")]
struct Frame<'a> {
    page: Page,
    sidebar: &'a SidebarView,
    content: &'a Content,
}

/// Puts the frame around every [`Framed`] answer of `inner`.
pub fn frame<E>(app: App, rooms: Rooms, inner: E) -> impl Endpoint<Output = Response>
where
    E: Endpoint + 'static,
    E::Output: IntoResponse,
{
    inner.map_to_response().around(move |inner, req| {
        let (app, rooms) = (app.clone(), rooms.clone());
        async move {
            let if_none_match = conditions(req.headers());
            let mut response = inner.call(req).await?;
            match Framed::take(&mut response) {
                Some(framed) => {
                    let page = render(framed, &if_none_match, &app, &rooms).await?;
                    Ok(with_headers_of(page, response))
                }
                None => Ok(response),
            }
        }
    })
}

/// The conditional headers of a request, which the handler's call consumes.
fn conditions(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for value in headers.get_all(header::IF_NONE_MATCH) {
        kept.append(header::IF_NONE_MATCH, value.clone());
    }
    kept
}

/// The page in its frame, or a 304 for a browser that has it.
async fn render(
    framed: Framed,
    conditions: &HeaderMap,
    app: &App,
    rooms: &Rooms,
) -> Result<Response> {
    let list = rooms.list(framed.viewer.id).await?;
    let sidebar = SidebarView::new(&framed.viewer, list, framed.room, &app.live);
    let sidebar = sidebar.at_address(&framed.address);
    let state = (framed.viewer.id, sidebar.state());
    let tag = framed.version.map(|version| etag::weak((version, state)));
    if let Some(unchanged) = tag
        .as_deref()
        .and_then(|tag| page::unless_changed(conditions, tag))
    {
        return Ok(unchanged);
    }
    let (status, retry_after) = (framed.status, framed.retry_after);
    let head = match framed.shows_messages {
        true => Page::new(&framed.title).with_room_scripts(),
        false => Page::new(&framed.title),
    };
    let mut content = framed.content()?;
    let shared = content.shared.take();
    let whole = Frame {
        page: head,
        sidebar: &sidebar,
        content: &content,
    };
    let response = respond(status, &whole, shared)?;
    let mut response = match tag {
        Some(tag) => page::tagged(response, &tag),
        None => response,
    };
    if let Some(seconds) = retry_after {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    Ok(response)
}

fn respond(
    status: StatusCode,
    whole: &Frame,
    shared: Option<std::sync::Arc<CachedHtml>>,
) -> Result<Response> {
    match shared {
        Some(shared) => Ok(page::pieced(status, CachedPage::around(whole, shared)?)),
        None => page::html(status, whole),
    }
}

/// Keeps what a handler set beside the page, such as a cookie.
fn with_headers_of(mut page: Response, handled: Response) -> Response {
    for (name, value) in handled.headers() {
        page.headers_mut().append(name, value.clone());
    }
    page
}
