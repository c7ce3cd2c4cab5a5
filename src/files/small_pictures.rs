//! Small pictures that don't belong to a message, such as custom emoji. Their rows belong to the feature that shows
//! them, and `store::has_blob` takes them into account.

use chatterbox_formats::{
    MediaType,
    pictures::{self, ReducedPicture, Refusal},
};
use sha2::{Digest, Sha256};

use super::{BlobKey, Files, STILL, finish::hex};
use crate::{
    accounts::User,
    db::Tx,
    error::{Error, Result},
};

/// Maximum size of an uploaded file in bytes.
const MAX_BYTES: u64 = 256 << 10;
/// Maximum side length of a reduced picture in pixels.
const SIDE: u32 = 128;

/// Small picture that has been checked and reduced but not stored.
pub struct SmallPicture {
    hash: String,
    reduced: ReducedPicture,
}

impl SmallPicture {
    /// Returns the SHA-256 of the reduced picture in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Returns the size in bytes, excluding the still copy.
    pub fn size(&self) -> i64 {
        self.reduced.bytes.len() as i64
    }

    /// Returns whether the picture is animated.
    pub fn is_animated(&self) -> bool {
        self.reduced.still.is_some()
    }
}

impl Files {
    /// Checks a small picture, strips its metadata and reduces it to 128 px.
    ///
    /// # Errors
    /// - `FileTooLarge` above 256 KiB.
    /// - `Invalid` if the file isn't a picture, has too many pixels or is damaged.
    /// - `NoSpace` if the disk is full.
    pub async fn small_picture(&self, user: &User, bytes: Vec<u8>) -> Result<SmallPicture> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::FileTooLarge(MAX_BYTES));
        }
        self.check_disk(bytes.len() as u64).await?;
        let reduce = move || pictures::reduce_to(SIDE, &bytes, MediaType::detect(&bytes));
        let reduced = self.with_permit(user.id, reduce).await?.map_err(refused)?;
        Ok(SmallPicture {
            hash: hex(&Sha256::digest(&reduced.bytes)),
            reduced,
        })
    }

    /// Stores a small picture, then runs `write`, which must insert its row. Removes the picture again if `write`
    /// fails.
    pub async fn store_small_picture<T: Send + 'static>(
        &self,
        picture: SmallPicture,
        write: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ReducedPicture { bytes, still } = picture.reduced;
        let copies = still.map(|still| (STILL.to_owned(), still));
        let stored = self
            .store_picture(bytes, copies.into_iter().collect())
            .await?;
        let written = self.app.db.write(write).await;
        let hash = stored.hash.clone();
        drop(stored);
        if written.is_err() {
            self.remove_unused(&hash).await?;
        }
        written
    }

    /// Reads a small picture or its still copy. Returns its bytes and media type.
    pub async fn read_small_picture(
        &self,
        hash: &str,
        is_still: bool,
    ) -> Result<(Vec<u8>, &'static str)> {
        let key = match is_still {
            true => BlobKey::copy(hash, STILL),
            false => BlobKey::of(hash),
        };
        self.read_picture(key).await
    }
}

/// Converts the reason for a rejection to an error that says what to do.
fn refused(why: Refusal) -> Error {
    let text = match why {
        Refusal::NotPicture => "That file isn’t a picture. Use a PNG, GIF, WebP or JPEG.",
        Refusal::TooManyPixels => {
            "That picture is too large. Use at most 512 × 512 pixels, or 256 × 256 if it’s animated."
        }
        Refusal::TooMuchMemory | Refusal::Broken => "That picture is damaged. Try another one.",
    };
    Error::Invalid(text.into())
}
