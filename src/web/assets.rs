//! The files of the front end: embedded, joined, named by their content, compressed once.

mod build;
mod bundle;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use bytes::Bytes;
use poem::{
    Response,
    http::{HeaderMap, StatusCode, header},
};

use super::{
    compress::{self, Encoding},
    etag,
};

/// A file whose name changes with its content never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
const FOLDER: &str = "/assets/";

/// One file as it is served.
pub struct Asset {
    /// What templates call it: `app.css`.
    name: String,
    /// Where it is served: `/assets/app-1a2b3c4d5e6f.css`.
    path: String,
    hash: String,
    content_type: &'static str,
    body: Bytes,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

/// The path of an asset, for templates: `app.css`, `vendor.js`, `app.js`, `room_page.js` or the name of an icon.
/// For another name, a path that answers 404.
pub fn url(name: &str) -> &'static str {
    let asset = table().iter().find(|asset| asset.name == name);
    asset.map_or("/assets/missing", |asset| &asset.path)
}

/// The asset behind the last part of its path: `app-1a2b3c4d5e6f.css`. An old hash finds nothing.
pub fn find(path_name: &str) -> Option<&'static Asset> {
    table()
        .iter()
        .find(|asset| asset.path.strip_prefix(FOLDER) == Some(path_name))
}

/// Compresses everything. That takes a moment: call it on a thread of its own at start. What is
/// asked for sooner is compressed when it is asked for.
pub fn warm() {
    for asset in table() {
        asset.encoded(Encoding::Brotli);
        asset.encoded(Encoding::Gzip);
    }
}

fn table() -> &'static [Asset] {
    static TABLE: OnceLock<Vec<Asset>> = OnceLock::new();
    TABLE.get_or_init(build::all)
}

impl Asset {
    /// Answers a GET or HEAD with these request headers: 200, or 304 when the client has it.
    pub fn answer(&self, request: &HeaderMap) -> Response {
        let encoding = if self.is_text() {
            compress::choose(&etag::all_values(request, header::ACCEPT_ENCODING))
        } else {
            Encoding::Identity
        };
        let etag = self.etag(encoding);
        let response = Response::builder()
            .header(header::CACHE_CONTROL, FOREVER)
            .header(header::ETAG, &etag)
            .header(header::VARY, "Accept-Encoding");
        if etag::has(request, &etag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        let response = match encoding.header() {
            Some(coding) => response.header(header::CONTENT_ENCODING, coding),
            None => response,
        };
        response
            .content_type(self.content_type)
            .body(self.encoded(encoding))
    }

    /// Whether compressing it is worth it; pictures and fonts are compressed as they are.
    fn is_text(&self) -> bool {
        let kind = self.content_type;
        kind.starts_with("text/") || kind.contains("json") || kind.contains("xml")
    }

    /// Strong, so another one for each encoding.
    fn etag(&self, encoding: Encoding) -> String {
        match encoding.header() {
            Some(coding) => format!("\"{}-{coding}\"", self.hash),
            None => format!("\"{}\"", self.hash),
        }
    }

    fn encoded(&self, encoding: Encoding) -> Bytes {
        let made = || compress::asset(&self.body, encoding).into();
        match encoding {
            Encoding::Brotli => self.brotli.get_or_init(made).clone(),
            Encoding::Gzip => self.gzip.get_or_init(made).clone(),
            Encoding::Identity => self.body.clone(),
        }
    }
}
