//! HTTP handler for pictures of custom emoji.

use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Path,
};

use crate::{
    accounts::User,
    emoji::EmojiCatalog,
    error::Result,
    web::{headers, page, query::lenient_param, raw_file::RawFile, state::State},
};

/// Cache policy. The picture at a URL never changes. `private`, because the user must be logged in.
const FOREVER: &str = "private, max-age=31536000, immutable";

/// `GET /e/{token}`: the picture of an emoji, or its first frame with `?still=1`.
#[handler]
pub async fn show(
    _user: User,
    req: &Request,
    Path(token): Path<String>,
    State(catalog): State<EmojiCatalog>,
) -> Result<Response> {
    let is_still = lenient_param::<String>(req, "still").is_some();
    let (bytes, media_type) = catalog.picture(&token, is_still).await?;
    let tag = match is_still {
        true => format!("\"{token}-still\""),
        false => format!("\"{token}\""),
    };
    let response = page::not_modified(req.headers(), &tag).unwrap_or_else(|| {
        let shown = Response::builder().status(StatusCode::OK);
        let shown = shown.content_type(media_type);
        let shown = shown.header(header::CONTENT_DISPOSITION, "inline");
        page::with_etag(shown.body(bytes), &tag)
    });
    Ok(cached_forever(response))
}

/// Marks a response as user content that browsers may cache indefinitely.
fn cached_forever(mut response: Response) -> Response {
    response.extensions_mut().insert(RawFile);
    headers::set(response.headers_mut(), header::CACHE_CONTROL, FOREVER);
    response
}
