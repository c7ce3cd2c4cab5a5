//! Files about one user: the styles of their own messages, and their letters.

use askama::Template;
use poem::{
    Request, Response, handler,
    http::{HeaderValue, header},
    web::Path,
};

use crate::{
    accounts::{
        Visitor,
        html::{Avatar, OwnStyles},
        store,
    },
    app::App,
    db::ids::UserId,
    error::{Error, Result},
    web::{etag, page, state::State},
};

/// `GET /u/{file}`: `7.css` marks the messages of account 7 as one's own. `7.svg` is its avatar, which needs a
/// session because it shows the initials of a name. A username may change, so browsers ask again after a minute.
#[handler]
pub async fn show(
    Visitor(user): Visitor,
    req: &Request,
    State(app): State<App>,
    Path(file): Path<String>,
) -> Result<Response> {
    let (id, kind) = file.split_once('.').ok_or(Error::NotFound)?;
    let id = UserId(id.parse().map_err(|_| Error::NotFound)?);
    match (kind, user) {
        ("css", _) => Ok(immutable(
            "text/css; charset=utf-8",
            OwnStyles { id }.render()?,
        )),
        ("svg", None) => Err(Error::Unauthenticated),
        ("svg", Some(_)) => {
            let known = app.db.read(move |conn| store::username(conn, id)).await?;
            let avatar = Avatar::of(&known.ok_or(Error::NotFound)?);
            letters(req, avatar.render()?)
        }
        _ => Err(Error::NotFound),
    }
}

/// Response that this browser caches for good.
fn immutable(content_type: &str, body: String) -> Response {
    let cache = "private, max-age=31536000, immutable";
    let response = Response::builder().content_type(content_type);
    response.header(header::CACHE_CONTROL, cache).body(body)
}

/// Letters of a user. A browser shows its copy at once, and asks for a newer one after a minute.
fn letters(req: &Request, picture: String) -> Result<Response> {
    let tag = etag::weak(&picture);
    let mut response = match page::not_modified(req.headers(), &tag) {
        Some(unchanged) => unchanged,
        None => {
            let response = Response::builder().content_type("image/svg+xml");
            page::with_etag(response.body(picture), &tag)
        }
    };
    let cache = HeaderValue::from_static("private, max-age=60, stale-while-revalidate=86400");
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cache);
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
    Ok(response)
}
