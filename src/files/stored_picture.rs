//! Pictures that belong to no message, and that the server makes from others: squares of users and rooms, posters. Their
//! rows are those of the feature that shows them, and count in `store::has_content`.

use sha2::{Digest, Sha256};
use tokio::sync::OwnedRwLockReadGuard;

use super::{
    BlobKey, Files, blobs,
    finish::hex,
    media_type::{MediaType, SNIFFED},
};
use crate::{db::ids::UserId, error::Result};

/// A picture in the store that has no row yet. It is not removed until this is dropped.
#[derive(Debug)]
pub struct StoredPicture {
    /// SHA-256 of its bytes.
    pub hash: String,
    _kept: OwnedRwLockReadGuard<()>,
}

impl Files {
    /// Runs work on a picture in a turn of a user, on a blocking thread.
    pub(super) async fn in_turn<T: Send + 'static>(
        &self,
        user: UserId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let turn = self.pictures.turn(user).await;
        let work = move || {
            let done = work();
            drop(turn);
            Ok(done)
        };
        blobs::blocking(work).await
    }

    /// Stores a picture under its hash, after copies of it under their names. They are durable when this returns.
    pub(super) async fn store_picture(
        &self,
        picture: Vec<u8>,
        copies: Vec<(String, Vec<u8>)>,
    ) -> Result<StoredPicture> {
        let hash = hex(&Sha256::digest(&picture));
        let kept = self.contents.keep(&hash).await;
        for (name, bytes) in copies {
            let key = BlobKey::copy(&hash, &name);
            self.blobs.store_bytes(bytes.into(), key).await?;
        }
        let key = BlobKey::of(&hash);
        self.blobs.store_bytes(picture.into(), key).await?;
        Ok(StoredPicture { hash, _kept: kept })
    }

    /// Bytes of a stored picture, and their media type.
    ///
    /// # Errors
    /// `NotFound` for one that was removed a moment ago.
    pub(super) async fn read_picture(&self, key: BlobKey) -> Result<(Vec<u8>, &'static str)> {
        let bytes = self.read_whole(key).await?;
        let media_type = MediaType::detect(&bytes[..bytes.len().min(SNIFFED)]);
        Ok((bytes, media_type.name()))
    }

    /// All bytes of a small content.
    pub(super) async fn read_whole(&self, key: BlobKey) -> Result<Vec<u8>> {
        self.read_start(key, None).await
    }
}
