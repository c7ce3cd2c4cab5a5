//! HTTP handler for pictures of link previews.

use poem::{Request, Response, handler, web::Path};

use super::{LinkPreviews, store};
use crate::{
    accounts::User,
    db::{Conn, ids::UserId},
    error::{Error, Result},
    rooms::{self, Action},
    web::{page, raw_file::RawFile, state::State},
};

/// `GET /previews/{id}`: the picture of a preview, for members of a room in which a message shows it.
#[handler]
pub async fn picture(
    user: User,
    req: &Request,
    Path(id): Path<String>,
    State(previews): State<LinkPreviews>,
) -> Result<Response> {
    let id: i64 = id.parse().map_err(|_| Error::NotFound)?;
    let user = user.id;
    let find = move |conn: &mut Conn| visible_picture(conn, user, id);
    let hash = previews.app.db.read(find).await?;
    let tag = format!("\"{hash}\"");
    let mut response = match page::not_modified(req.headers(), &tag) {
        Some(unchanged) => unchanged,
        None => {
            let (bytes, media_type) = previews.files.read_reduced(&hash).await?;
            let response = Response::builder().content_type(media_type).body(bytes);
            page::with_etag(response, &tag)
        }
    };
    response.extensions_mut().insert(RawFile);
    Ok(response)
}

/// Returns the hash of a preview's picture if the user may read a message that shows it.
fn visible_picture(conn: &mut Conn, user: UserId, preview: i64) -> Result<String> {
    let (hash, shown_in) = store::picture(conn, preview)?.ok_or(Error::NotFound)?;
    for room in shown_in {
        match rooms::demand(conn, room, user, Action::Read) {
            Ok(_) => return Ok(hash),
            Err(Error::NotFound | Error::Forbidden(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::NotFound)
}
