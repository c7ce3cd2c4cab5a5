//! Posters of videos, created by the sender's browser and re-encoded by the server.

use chatterbox_formats::{MediaType, pictures};
use sha2::{Digest, Sha256};

use super::{
    super::{BlobKey, Files, POSTER, copy_name, finish::hex},
    Poster, store,
};
use crate::{
    accounts::User,
    db::Tx,
    error::{Error, Result},
};

/// Maximum size of an uploaded poster in bytes.
pub const MAX_POSTER: usize = 200 << 10;

impl Files {
    /// Sets or replaces the poster of an unposted upload. A poster of a file that isn't a video is never shown.
    ///
    /// # Errors
    /// - `NotFound` if the user has no such unposted upload.
    /// - `Invalid` if the poster isn't a picture or has too many pixels.
    /// - `NoSpace` if the disk runs out of space.
    /// - `TooMany` if the user's rate limit for uploads is exceeded.
    pub async fn put_poster(&self, user: &User, token: &str, bytes: Vec<u8>) -> Result<()> {
        self.check_rate(user)?;
        self.upload(user.id, token).await?;
        self.check_disk(MAX_POSTER as u64).await?;
        let encode = move || pictures::poster(&bytes, MediaType::detect(&bytes));
        let encoded = self.with_permit(user.id, encode).await?;
        let encoded = encoded.map_err(|refusal| Error::Invalid(refusal.to_string()))?;
        let poster = Poster {
            width: encoded.width,
            height: encoded.height,
            hash: hex(&Sha256::digest(&encoded.bytes)),
        };
        self.store_poster(user, token, poster, encoded.bytes).await
    }

    async fn store_poster(
        &self,
        user: &User,
        token: &str,
        poster: Poster,
        bytes: Vec<u8>,
    ) -> Result<()> {
        // The lock prevents removal of the blob until the row references it.
        let hash = poster.hash.clone();
        let lock = self.blob_locks.shared(&hash).await;
        let key = BlobKey::copy(&hash, copy_name(POSTER));
        self.blobs.store_bytes(bytes.into(), key).await?;
        let (user, token) = (user.id, token.to_owned());
        let set = move |tx: &mut Tx| store::set_poster(tx.conn, user, &token, &poster);
        let replaced = self.app.db.write(set).await;
        drop(lock);
        match replaced {
            Ok(None) => Ok(()),
            Ok(Some(replaced)) => self.remove_unused(&replaced).await,
            Err(error) => {
                self.remove_unused(&hash).await?;
                Err(error)
            }
        }
    }
}
