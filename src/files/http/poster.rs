//! HTTP handler for video posters.

use std::time::Duration;

use poem::{Body, Request, Response, handler, http::StatusCode, web::Path};
use tokio::time::timeout;

use super::tus::share;
use crate::{
    accounts::User,
    error::{Error, Result},
    files::{Files, MAX_POSTER},
    web::state::State,
};

/// Maximum duration of the request.
const DEADLINE: Duration = Duration::from_secs(20);

/// `PUT /uploads/{id}/poster`: sets the picture shown before a video plays.
#[handler]
pub async fn put(
    user: User,
    req: &Request,
    body: Body,
    Path(token): Path<String>,
    State(files): State<Files>,
) -> Result<Response> {
    let share = share(req, MAX_POSTER).await?;
    let bytes = timeout(DEADLINE, body.into_bytes_limit(MAX_POSTER)).await;
    let dropped = || Error::Malformed("The connection dropped. Try again.".into());
    let bytes = match bytes {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(poem::error::ReadBodyError::PayloadTooLarge)) => return Err(Error::TooLarge),
        _ => return Err(dropped()),
    };
    files.put_poster(&user, &token, bytes.into()).await?;
    drop(share);
    Ok(StatusCode::NO_CONTENT.into())
}
