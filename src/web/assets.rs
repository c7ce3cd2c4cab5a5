//! Front-end files: embedded, concatenated, named by content hash, compressed once.

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
    etag, headers,
};

/// `Cache-Control` of assets. They never change, because their names contain a hash.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const FOLDER: &str = "/assets/";

/// Front-end file.
pub struct Asset {
    /// Name in templates: `app.css`.
    name: String,
    /// Path of the URL: `/assets/app-1a2b3c4d5e6f.css`.
    path: String,
    hash: String,
    content_type: &'static str,
    body: Bytes,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

/// Path of an asset, for templates: `app.css`, `pages.css`, `compact.css`, `on_use.css`, `moderation.css`, `noscript.css`,
/// `vendor.js`, `app.js`, `room_page.js`, `passkeys.js`, their counterparts `app_on_use.js` and `room_page_on_use.js`, or
/// the name of an icon. For another
/// name, a path that answers 404.
pub fn url(name: &str) -> &'static str {
    let asset = table().iter().find(|asset| asset.name == name);
    asset.map_or("/assets/missing", |asset| &asset.path)
}

/// Finds an asset by the last part of its path: `app-1a2b3c4d5e6f.css`. Returns `None` for an old hash.
pub fn find(path_name: &str) -> Option<&'static Asset> {
    let is_named = |asset: &&Asset| asset.path.strip_prefix(FOLDER) == Some(path_name);
    table().iter().find(is_named)
}

/// Compresses all assets. Call it on a separate thread at start, because it takes a while. Assets that are requested
/// earlier are compressed on request.
pub fn compress_all() {
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
    /// Responds to GET or HEAD: 200, or 304 if the client has the asset.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        let encoding = match self.is_text() {
            true => compress::choose(&headers::list(request, header::ACCEPT_ENCODING)),
            false => Encoding::Identity,
        };
        let etag = self.etag(encoding);
        let response = Response::builder()
            .header(header::CACHE_CONTROL, IMMUTABLE)
            .header(header::ETAG, &etag)
            .header(header::VARY, "Accept-Encoding");
        if etag::has(request, &etag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        let response = response.content_type(self.content_type);
        let response = match encoding.header() {
            Some(encoding) => response.header(header::CONTENT_ENCODING, encoding),
            None => response,
        };
        response.body(self.encoded(encoding))
    }

    /// Whether the asset is text. Images and fonts are already compressed.
    fn is_text(&self) -> bool {
        let kind = self.content_type;
        kind.starts_with("text/") || kind.contains("json") || kind.contains("xml")
    }

    /// Strong tag, different for each encoding.
    fn etag(&self, encoding: Encoding) -> String {
        match encoding.header() {
            Some(coding) => format!("\"{}-{coding}\"", self.hash),
            None => format!("\"{}\"", self.hash),
        }
    }

    fn encoded(&self, encoding: Encoding) -> Bytes {
        let compressed = || compress::asset(&self.body, encoding).into();
        match encoding {
            Encoding::Brotli => self.brotli.get_or_init(compressed).clone(),
            Encoding::Gzip => self.gzip.get_or_init(compressed).clone(),
            Encoding::Identity => self.body.clone(),
        }
    }
}
