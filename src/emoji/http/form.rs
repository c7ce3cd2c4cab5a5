//! Multipart form with the name and picture of a new emoji.

use poem::{Body, FromRequest, Request, RequestBody, web::Multipart};

use crate::{
    emoji::EmojiAdmin,
    error::{Error, Result},
    web::body::WholeBody,
};

/// Maximum size of the form in bytes. Larger than the limit for pictures, so that a slightly oversized one gets a
/// message in the form.
const LIMIT: usize = 2 << 20;

/// Form sent by an admin, not yet validated.
pub struct EmojiForm {
    pub admin: EmojiAdmin,
    /// Name as typed.
    pub name: String,
    /// Bytes of the picture; empty if none was chosen.
    pub picture: Vec<u8>,
}

impl<'a> FromRequest<'a> for EmojiForm {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<EmojiForm> {
        let admin = EmojiAdmin::from_request(req, body).await?;
        if !req
            .content_type()
            .unwrap_or_default()
            .starts_with("multipart/form-data")
        {
            let why = "Send multipart/form-data with the fields name and picture.";
            return Err(Error::UnsupportedType(why.into()).into());
        }
        let WholeBody(bytes) = WholeBody::<LIMIT>::from_request(req, body).await?;
        let mut body = RequestBody::new(Body::from(bytes));
        let unreadable = |_| Error::Malformed("We couldn’t read that form. Try again.".into());
        let parts = Multipart::from_request(req, &mut body)
            .await
            .map_err(unreadable)?;
        let (name, picture) = read(parts).await?;
        Ok(EmojiForm {
            admin,
            name,
            picture,
        })
    }
}

/// Reads the name and the picture. Other parts are ignored.
async fn read(mut parts: Multipart) -> Result<(String, Vec<u8>)> {
    let unreadable = || Error::Malformed("We couldn’t read that form. Try again.".into());
    let (mut name, mut picture) = (String::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|_| unreadable())? {
        match part.name() {
            Some("name") => name = part.text().await.map_err(|_| unreadable())?,
            Some("picture") => picture = part.bytes().await.map_err(|_| unreadable())?,
            _ => {}
        }
    }
    Ok((name, picture))
}
