//! Layout of pages for logged-in users: head, sidebar, and the content of the handler.

use askama::Template;
use poem::{
    Endpoint, EndpointExt, IntoResponse, Response,
    http::{HeaderMap, HeaderValue, header},
};

use crate::{
    app::App,
    error::Result,
    files::MAX_FILES,
    reading::Reading,
    rooms::Rooms,
    settings::RegistrationMode,
    sidebar::SidebarView,
    web::{
        cached_page::CachedPage,
        etag,
        framed::{Content, Framed},
        page::{self, Page},
        safe_mode,
    },
};

/// Whole page of a logged-in user.
#[derive(Template)]
#[template(path = "frame.html")]
struct Frame<'a> {
    page: Page,
    sidebar: &'a SidebarView,
    content: &'a Content,
    /// Largest file that one may upload (bytes), and the most files of a message.
    max_file: u64,
    max_files: usize,
}

/// Adds the frame to every [`Framed`] response of `inner`.
pub fn frame(
    app: App,
    rooms: Rooms,
    reading: Reading,
    inner: impl Endpoint<Output: IntoResponse> + 'static,
) -> impl Endpoint<Output = Response> {
    inner.map_to_response().around(move |inner, req| {
        let (app, rooms, reading) = (app.clone(), rooms.clone(), reading.clone());
        async move {
            let if_none_match = conditions(req.headers());
            let from_cookies = FromCookies::of(req.headers());
            let mut response = inner.call(req).await?;
            let Some(framed) = Framed::take(&mut response) else {
                return Ok(response);
            };
            let mut page =
                render(framed, &if_none_match, from_cookies, &app, &rooms, &reading).await?;
            // Headers of the handler, such as a cookie.
            for (name, value) in response.headers() {
                page.headers_mut().append(name, value.clone());
            }
            Ok(page)
        }
    })
}

/// Copies the conditional headers of a request, which the handler consumes.
fn conditions(headers: &HeaderMap) -> HeaderMap {
    let mut copy = HeaderMap::new();
    for value in headers.get_all(header::IF_NONE_MATCH) {
        copy.append(header::IF_NONE_MATCH, value.clone());
    }
    copy
}

/// State of this browser that cookies store.
struct FromCookies {
    /// State of the sidebar that its script stores: parts that are closed, and "unread".
    sidebar: String,
    /// Whether pages are shown without custom CSS.
    is_safe: bool,
}

impl FromCookies {
    fn of(headers: &HeaderMap) -> FromCookies {
        let sidebar = safe_mode::cookies(headers).find_map(|pair| pair.strip_prefix("sidebar="));
        FromCookies {
            sidebar: sidebar.unwrap_or_default().to_owned(),
            is_safe: safe_mode::is_on(headers),
        }
    }
}

/// Renders the page in its frame. Returns 304 if the browser already has it.
async fn render(
    framed: Framed,
    conditions: &HeaderMap,
    FromCookies {
        sidebar: remembered,
        is_safe,
    }: FromCookies,
    app: &App,
    rooms: &Rooms,
    reading: &Reading,
) -> Result<Response> {
    let list = rooms.list(framed.viewer.id).await?;
    let sidebar = SidebarView::new(&framed.viewer, list, framed.room, &app.live);
    let sidebar = sidebar
        .at_address(&framed.address)
        .with_remembered(remembered)
        .with_undo(reading.can_undo(framed.viewer.id));
    let settings = app.settings.current();
    let is_open = settings.registration == RegistrationMode::Open;
    let sidebar = sidebar.with_registration_warning(is_open && app.config.is_reachable());
    let appearance = framed.viewer.appearance;
    let state = (framed.viewer.id, appearance, sidebar.state());
    let state = (state, &*settings, is_safe);
    let tag = framed.version.map(|version| etag::weak((version, state)));
    let unchanged = tag
        .as_ref()
        .and_then(|tag| page::not_modified(conditions, tag));
    if let Some(unchanged) = unchanged {
        return Ok(unchanged);
    }
    let (status, retry_after) = (framed.status, framed.retry_after);
    let head = Page::new(&framed.title, &settings).with_appearance(appearance);
    let head = match framed.shows_messages {
        true => head.for_room(),
        false => head,
    };
    let head = match is_safe {
        true => head,
        false => head.with_custom_css(&settings),
    };
    let mut head = head;
    head.block_styles = sidebar.block_styles();
    let mut content = framed.content()?;
    let shared = content.shared.take();
    let whole = Frame {
        page: head,
        sidebar: &sidebar,
        content: &content,
        max_file: settings.limits.max_file,
        max_files: MAX_FILES,
    };
    let mut response = match shared {
        Some(shared) => page::from_cached(status, CachedPage::with_middle(&whole, shared)?),
        None => page::html(status, &whole)?,
    };
    if let Some(tag) = tag {
        response = page::with_etag(response, &tag);
    }
    if let Some(seconds) = retry_after {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    Ok(response)
}
