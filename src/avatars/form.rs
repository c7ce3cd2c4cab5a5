//! Multipart form with one picture.

use std::time::Duration;

use poem::{
    FromRequest, Request, RequestBody,
    web::{Field, Multipart},
};
use tokio::{io::AsyncReadExt, time::timeout};

use super::Avatars;
use crate::{
    accounts::User,
    error::{Error, Result},
    files::{Files, StoredPicture},
    web::{memory_limit::BodyMemory, peer::Peer, state::handle},
};

/// Maximum number of parts in a form.
const MAX_PARTS: usize = 4;
/// Memory used by one form while it is received, in bytes: headers and the file buffer.
const MEMORY: usize = 128 << 10;
/// Maximum duration of the upload.
const DEADLINE: Duration = Duration::from_secs(10 * 60);
/// Maximum number of bytes that are read and discarded after a rejection. Browsers show the response only after they
/// have sent the whole body.
const MAX_REST: u64 = 100 << 20;
/// Delay before a client should retry when its address sends too many bodies at once.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Stored picture from the form, or the reason why it was rejected.
pub struct PictureForm(pub Result<StoredPicture>);

impl<'a> FromRequest<'a> for PictureForm {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<PictureForm> {
        let user = User::from_request(req, body).await?;
        let content_type = req.content_type().unwrap_or_default();
        if !content_type.starts_with("multipart/form-data") {
            let why = "Send multipart/form-data with a picture.";
            return Err(Error::UnsupportedType(why.into()).into());
        }
        let peer = Peer::from_request_without_body(req).await?;
        let mut share = handle::<BodyMemory>(req)?.share(peer.address);
        if !share.cover(MEMORY) {
            return Err(Error::Unavailable(RETRY_AFTER).into());
        }
        let allowed = handle::<Avatars>(req)?.check_rate(&user);
        let parts = Multipart::from_request(req, body).await;
        let parts = parts.map_err(|_| unreadable())?;
        let read = read(parts, &user, handle::<Files>(req)?, allowed);
        let read = timeout(DEADLINE, read).await;
        Ok(PictureForm(read.unwrap_or_else(|_| Err(unreadable()))))
    }
}

/// Reads all parts of the form. The first file is the picture.
async fn read(
    mut parts: Multipart,
    user: &User,
    files: &Files,
    allowed: Result<()>,
) -> Result<StoredPicture> {
    let mut picture = allowed.map(|()| None);
    for _ in 0..MAX_PARTS {
        let part = match (parts.next_field().await, &picture) {
            (Ok(Some(part)), _) => part,
            (Ok(None), _) | (Err(_), Err(_)) => break,
            (Err(_), Ok(_)) => return Err(unreadable()),
        };
        let name = part.file_name().unwrap_or_default().to_owned();
        match &picture {
            Ok(None) if !name.is_empty() => picture = receive(part, user, files, &name).await,
            _ => drain(part).await?,
        }
    }
    let missing = || Error::Invalid("Choose a picture first.".into());
    picture?.ok_or_else(missing)
}

/// Receives the picture. If it is rejected, discards the rest of it.
async fn receive(
    part: Field,
    user: &User,
    files: &Files,
    name: &str,
) -> Result<Option<StoredPicture>> {
    let mut reader = part.into_async_read();
    let received = files.receive_square(user, name, &mut reader).await;
    if received.is_err() {
        let mut rest = reader.take(MAX_REST);
        let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
    }
    received.map(Some)
}

async fn drain(part: Field) -> Result<()> {
    let mut rest = part.into_async_read().take(MAX_REST);
    let drained = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
    drained.map(drop).map_err(|_| unreadable())
}

fn unreadable() -> Error {
    Error::Malformed("We couldn’t read that form. Try again.".into())
}
