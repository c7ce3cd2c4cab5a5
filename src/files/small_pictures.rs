//! Small pictures that belong to no message: emoji. Their rows are those of the feature that shows them, and count in
//! `store::has_hash`.

use sha2::{Digest, Sha256};

use super::{
    BlobKey, Files, STILL,
    finish::hex,
    media_type::MediaType,
    pictures::{self, ReducedPicture, Refusal},
};
use crate::{
    accounts::User,
    db::Tx,
    error::{Error, Result},
};

/// Largest file that is taken (bytes).
const MAX_BYTES: u64 = 256 << 10;
/// Longest side of a reduced picture in pixels.
const SIDE: u32 = 128;

/// A small picture that was checked and reduced, and is not stored yet.
pub struct SmallPicture {
    hash: String,
    reduced: ReducedPicture,
}

impl SmallPicture {
    /// SHA-256 of its bytes.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Bytes without those of the still copy.
    pub fn size(&self) -> i64 {
        self.reduced.bytes.len() as i64
    }

    /// Whether it moves.
    pub fn is_animated(&self) -> bool {
        self.reduced.still.is_some()
    }
}

impl Files {
    /// Checks a small picture, removes its metadata and reduces it to 128 pixels.
    ///
    /// # Errors
    /// `FileTooLarge` above 256 KiB, `Invalid` for a file that is no picture, too large or damaged, `NoSpace` if the disk
    /// is full.
    pub async fn small_picture(&self, user: &User, bytes: Vec<u8>) -> Result<SmallPicture> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::FileTooLarge(MAX_BYTES));
        }
        self.check_disk(bytes.len() as u64).await?;
        let reduce = move || pictures::reduce_to(SIDE, &bytes, MediaType::detect(&bytes));
        let reduced = self.in_turn(user.id, reduce).await?.map_err(refused)?;
        Ok(SmallPicture {
            hash: hex(&Sha256::digest(&reduced.bytes)),
            reduced,
        })
    }

    /// Stores a small picture, then runs `write`, which adds its row. The picture is removed again if that fails.
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

    /// Bytes of a small picture, or of its still copy, and their media type.
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

/// The refusal as a sentence with advice.
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
