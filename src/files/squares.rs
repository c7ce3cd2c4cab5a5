//! Square pictures of users and rooms. They are received like any upload, and stored in three sizes under the hash of
//! the largest.

use chatterbox_formats::{
    MediaType, SNIFFED,
    pictures::{self, Refusal},
};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Attachment, BlobKey, Files, StoredPicture};
use crate::{
    accounts::{AVATAR_SIDES, User},
    error::{Error, Result},
};

/// Maximum size in bytes of the picture from which squares are cut.
pub const MAX_SQUARE_SOURCE: u64 = 20 << 20;

impl Files {
    /// Receives a picture and stores the square at its center.
    ///
    /// # Errors
    /// `Invalid` if the file can't be used as a picture, `FileTooLarge` above 20 MiB, or an error of
    /// [`Files::receive`].
    pub async fn receive_square(
        &self,
        user: &User,
        name: &str,
        body: impl AsyncRead + Send + Unpin,
    ) -> Result<StoredPicture> {
        let limited = body.take(MAX_SQUARE_SOURCE + 1);
        let token = self.receive(user, name, limited).await?;
        let upload = self.find(user, &token).await;
        let stored = match upload {
            Ok(upload) if upload.size > MAX_SQUARE_SOURCE as i64 => {
                Err(Error::FileTooLarge(MAX_SQUARE_SOURCE))
            }
            Ok(upload) => self.store_square(user, upload).await,
            Err(error) => Err(error),
        };
        // The upload is no longer needed. If this fails, it expires.
        self.cancel(user, &token).await?;
        stored
    }

    /// Cuts squares from an upload and stores them.
    async fn store_square(&self, user: &User, upload: Attachment) -> Result<StoredPicture> {
        let bytes = self.read_whole(BlobKey::of(&upload.hash)).await?;
        let cut = self
            .with_permit(user.id, move || squares_of(&bytes))
            .await?;
        let mut copies = cut.map_err(|refusal| Error::Invalid(advice(refusal).into()))?;
        let largest = copies.remove(0);
        let names = AVATAR_SIDES[1..].iter().map(u32::to_string);
        self.store_picture(largest, names.zip(copies).collect())
            .await
    }

    /// Reads a stored square. Returns its bytes and media type.
    ///
    /// # Errors
    /// `NotFound` if `side` isn't a stored size or the picture has been removed.
    pub async fn read_square(&self, hash: &str, side: u32) -> Result<(Vec<u8>, &'static str)> {
        if !AVATAR_SIDES.contains(&side) {
            return Err(Error::NotFound);
        }
        self.read_picture(BlobKey::square(hash, side)).await
    }
}

/// Explains why a picture was rejected.
fn advice(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotPicture => "That isn’t a picture we can use. Choose a JPEG, PNG, WebP or GIF.",
        Refusal::TooManyPixels | Refusal::TooMuchMemory => {
            "That picture has too many pixels. Choose a smaller one."
        }
        Refusal::Broken => "That picture is damaged. Choose another one.",
    }
}

fn squares_of(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
    let media_type = MediaType::detect(&bytes[..bytes.len().min(SNIFFED)]);
    pictures::squares(bytes, media_type, &AVATAR_SIDES)
}
