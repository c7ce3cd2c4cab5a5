//! Square pictures of users and rooms. They are received like the files of other forms, and stored in three sizes under
//! the hash of the largest.

use std::fs;

use chatterbox_formats::{
    MediaType, SNIFFED,
    pictures::{self, Refusal},
};
use tokio::io::AsyncRead;

use super::{BlobKey, Files, StoredPicture, blobs};
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
        let limit = match self.max_upload(user).await? {
            (left, used_up) if left < MAX_SQUARE_SOURCE => (left, used_up),
            _ => (MAX_SQUARE_SOURCE, Error::FileTooLarge(MAX_SQUARE_SOURCE)),
        };
        let received = self.receive_file(user, name, body, limit).await?;
        let path = received.path();
        let cut = self.with_permit(user.id, move || {
            fs::read(path).map(|bytes| squares_of(&bytes))
        });
        let cut = cut.await?;
        drop(received);
        let cut = cut.map_err(|error| blobs::disk_error("a picture could not be read", &error))?;
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
