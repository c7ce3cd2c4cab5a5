//! Pictures from other websites: reduced, re-encoded, and stored under the hash of the result.

use bytes::Bytes;
use chatterbox_formats::{MediaType, SNIFFED, pictures};

use super::{BlobKey, Files, StoredPicture};
use crate::{
    db::ids::UserId,
    error::{Error, Result},
};

/// Pseudo-user under which pictures of websites wait in the picture queue. Real ids start at 1.
const WEBSITES: UserId = UserId(0);

/// Stored picture of a website that no row references yet.
#[derive(Debug)]
pub struct WebsitePicture {
    pub stored: StoredPicture,
    /// Size in pixels.
    pub width: u32,
    pub height: u32,
}

impl Files {
    /// Reduces a picture to at most 720 px and stores it. Returns `None` if it isn't a picture that browsers can
    /// display, or the disk is almost full.
    pub async fn store_reduced(&self, bytes: Bytes) -> Result<Option<WebsitePicture>> {
        let media_type = MediaType::detect(&bytes[..bytes.len().min(SNIFFED)]);
        if !media_type.is_picture() {
            return Ok(None);
        }
        let reduce = move || pictures::reduced(&bytes, media_type);
        let Ok((width, height, bytes)) = self.with_permit(WEBSITES, reduce).await? else {
            return Ok(None);
        };
        let stored = match self.store_picture(bytes, Vec::new()).await {
            Err(Error::NoSpace(_)) => return Ok(None),
            stored => stored?,
        };
        Ok(Some(WebsitePicture {
            stored,
            width,
            height,
        }))
    }

    /// Reads a stored picture. Returns its bytes and media type.
    ///
    /// # Errors
    /// `NotFound` if it has just been removed.
    pub async fn read_reduced(&self, hash: &str) -> Result<(Vec<u8>, &'static str)> {
        self.read_picture(BlobKey::of(hash)).await
    }
}
