//! Pictures that aren't attachments and that the server derives from others, such as squares and posters. Their rows
//! belong to the feature that shows them, and `store::has_blob` takes them into account.

use chatterbox_formats::{MediaType, SNIFFED};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedRwLockReadGuard;

use super::{BlobKey, Files, blobs, finish::hex};
use crate::{db::ids::UserId, error::Result};

/// Stored picture without a row. It isn't removed while this value exists.
#[derive(Debug)]
pub struct StoredPicture {
    /// SHA-256 of the picture in hexadecimal.
    pub hash: String,
    _lock: OwnedRwLockReadGuard<()>,
}

impl Files {
    /// Runs picture work on a blocking thread, once the user has a permit.
    pub(super) async fn with_permit<T: Send + 'static>(
        &self,
        user: UserId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let permit = self.pictures.acquire(user).await;
        let work = move || {
            let done = work();
            drop(permit);
            Ok(done)
        };
        blobs::blocking(work).await
    }

    /// Stores copies of a picture under their names, then the picture under its hash. All are durable when this
    /// returns.
    ///
    /// # Errors
    /// `NoSpace` if the disk runs out of space.
    pub(super) async fn store_picture(
        &self,
        picture: Vec<u8>,
        copies: Vec<(String, Vec<u8>)>,
    ) -> Result<StoredPicture> {
        let sizes = copies.iter().map(|(_, bytes)| bytes.len());
        let size = sizes.sum::<usize>() + picture.len();
        self.check_disk(size as u64).await?;
        let hash = hex(&Sha256::digest(&picture));
        let lock = self.blob_locks.shared(&hash).await;
        for (name, bytes) in copies {
            let key = BlobKey::copy(&hash, &name);
            self.blobs.store_bytes(bytes.into(), key).await?;
        }
        let key = BlobKey::of(&hash);
        self.blobs.store_bytes(picture.into(), key).await?;
        Ok(StoredPicture { hash, _lock: lock })
    }

    /// Reads a stored picture. Returns its bytes and media type.
    ///
    /// # Errors
    /// `NotFound` if it has just been removed.
    pub(super) async fn read_picture(&self, key: BlobKey) -> Result<(Vec<u8>, &'static str)> {
        let bytes = self.read_whole(key).await?;
        let media_type = MediaType::detect(&bytes[..bytes.len().min(SNIFFED)]);
        Ok((bytes, media_type.name()))
    }

    /// Reads a whole blob into memory. Only for small ones.
    pub(super) async fn read_whole(&self, key: BlobKey) -> Result<Vec<u8>> {
        self.read_start(key, None).await
    }
}
