//! Pictures of other websites: reduced, made again, and stored under the hash of the result.

use bytes::Bytes;

use super::{
    BlobKey, Files, StoredPicture,
    media_type::{MediaType, SNIFFED},
    pictures,
};
use crate::{db::ids::UserId, error::Result};

/// Pictures of websites take turns like those of one user, who does not exist.
const WEBSITES: UserId = UserId(0);

/// A stored picture of a website that no row has yet.
#[derive(Debug)]
pub struct WebsitePicture {
    pub stored: StoredPicture,
    /// Size (px).
    pub width: u32,
    pub height: u32,
}

impl Files {
    /// Reduces a picture to at most 720 px and stores it. `None` if it is no picture that browsers show.
    pub async fn store_reduced(&self, bytes: Bytes) -> Result<Option<WebsitePicture>> {
        let media_type = MediaType::detect(&bytes[..bytes.len().min(SNIFFED)]);
        if !media_type.is_picture() {
            return Ok(None);
        }
        let reduce = move || pictures::reduced(&bytes, media_type);
        let Ok((width, height, bytes)) = self.in_turn(WEBSITES, reduce).await? else {
            return Ok(None);
        };
        Ok(Some(WebsitePicture {
            stored: self.store_picture(bytes, Vec::new()).await?,
            width,
            height,
        }))
    }

    /// A stored picture and its media type.
    ///
    /// # Errors
    /// `NotFound` if its message was deleted a moment ago.
    pub async fn read_reduced(&self, hash: &str) -> Result<(Vec<u8>, &'static str)> {
        self.read_picture(BlobKey::of(hash)).await
    }
}
