//! Fetching of linked pages and their pictures.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::{
    LinkPreviews, MAX_DESCRIPTION, MAX_TITLE, NewPreview, charset,
    head::{self, PageHead},
    own_link::{self, OwnLink},
};
use crate::{
    error::Result,
    files::WebsitePicture,
    outgoing::{Failure, Limits, Response},
};

/// Time for a page and its picture together.
const TIME: Duration = Duration::from_secs(5);
/// Maximum number of redirects to a page, and to its picture.
const REDIRECTS: usize = 3;
/// Maximum number of bytes read from a page, and maximum size of a picture in bytes.
const MAX_BODY: usize = 1 << 20;

/// Response of a website.
enum FetchedPage {
    /// Picture (`None` if it can't be displayed) and its URL after redirects.
    Picture(Option<WebsitePicture>, Url),
    /// Metadata of a page and its URL after redirects.
    Html(PageHead, Url),
}

impl LinkPreviews {
    /// Fetches the preview of a URL. Returns `None` if there is nothing to show.
    pub(super) async fn fetch(&self, typed: &str) -> Result<Option<NewPreview>> {
        let Ok(mut url) = Url::parse(typed) else {
            return Ok(None);
        };
        match own_link::of(&url, self.app.config.public_url.as_ref()) {
            Some(OwnLink::Message(room, message)) => {
                let quoted = Some((room, message));
                return Ok(Some(NewPreview {
                    quoted,
                    ..NewPreview::default()
                }));
            }
            Some(OwnLink::Other) => return Ok(None),
            None => {}
        }
        url.set_fragment(None);
        let deadline = Instant::now() + TIME;
        Ok(match self.page(&url, deadline).await? {
            None => None,
            Some(FetchedPage::Picture(picture, url)) => picture.map(|picture| NewPreview {
                site: host(&url),
                picture: Some(picture),
                ..NewPreview::default()
            }),
            Some(FetchedPage::Html(head, url)) => self.preview(head, &url, deadline).await?,
        })
    }

    async fn page(&self, url: &Url, deadline: Instant) -> Result<Option<FetchedPage>> {
        let accept = "text/html,application/xhtml+xml,image/*;q=0.5";
        let response = match self.client.get(url, accept, limits(deadline)).await {
            Ok(response) => response,
            Err(failure) => return Ok(no_preview(&failure)),
        };
        if !response.status().is_success() {
            return Ok(None);
        }
        let content_type = content_type(&response);
        let url = response.url().clone();
        if content_type.starts_with("image/") {
            return Ok(Some(FetchedPage::Picture(
                self.picture_of(response).await?,
                url,
            )));
        }
        let is_html = ["text/html", "application/xhtml+xml"]
            .iter()
            .any(|html| content_type.starts_with(html));
        if !is_html {
            return Ok(None);
        }
        let bytes = match response.start_of_body(MAX_BODY).await {
            Ok(bytes) => bytes,
            Err(failure) => return Ok(no_preview(&failure)),
        };
        let text = charset::decode(&bytes, &content_type);
        Ok(Some(FetchedPage::Html(head::read(&text), url)))
    }

    async fn preview(
        &self,
        head: PageHead,
        url: &Url,
        deadline: Instant,
    ) -> Result<Option<NewPreview>> {
        let picture = match head.picture.as_deref().and_then(|link| url.join(link).ok()) {
            Some(picture) => self.picture(&picture, deadline).await?,
            None => None,
        };
        let site = head::cleaned(&head.site, MAX_TITLE);
        let preview = NewPreview {
            title: head::cleaned(&head.title, MAX_TITLE),
            description: head::cleaned(&head.description, MAX_DESCRIPTION),
            site: if site.is_empty() { host(url) } else { site },
            picture,
            quoted: None,
        };
        let is_empty = preview.title.is_empty() && preview.picture.is_none();
        Ok((!is_empty).then_some(preview))
    }

    async fn picture(&self, url: &Url, deadline: Instant) -> Result<Option<WebsitePicture>> {
        match self.client.get(url, "image/*", limits(deadline)).await {
            Ok(response) if response.status().is_success() => self.picture_of(response).await,
            Ok(_) => Ok(None),
            Err(failure) => Ok(no_preview(&failure)),
        }
    }

    async fn picture_of(&self, response: Response) -> Result<Option<WebsitePicture>> {
        match response.whole_body(MAX_BODY).await {
            Ok(bytes) => self.files.store_reduced(bytes).await,
            Err(failure) => Ok(no_preview(&failure)),
        }
    }
}

/// Returns the limits of a download that starts now.
fn limits(deadline: Instant) -> Limits {
    Limits {
        time: deadline.saturating_duration_since(Instant::now()),
        redirects: REDIRECTS,
    }
}

/// Logs a failure of the other server and returns `None`. The log never includes the URL.
fn no_preview<T>(failure: &Failure) -> Option<T> {
    tracing::debug!(%failure, "a link has no preview");
    None
}

fn content_type(response: &Response) -> String {
    let value = response.header("content-type").unwrap_or_default();
    value.trim().to_ascii_lowercase()
}

/// Returns the host without `www.`, for pages that don't name their site.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}
