//! Posters of videos: a picture that the sender's browser made, encoded anew by the server.

use sha2::{Digest, Sha256};

use super::{
    super::{BlobKey, Files, POSTER, copy_name, finish::hex, pictures},
    Poster, store,
};
use crate::{
    accounts::User,
    db::Tx,
    error::{Error, Result},
    files::media_type::MediaType,
};

/// Largest poster that is taken (bytes).
pub const MAX_POSTER: usize = 200 << 10;

impl Files {
    /// Gives an upload of a user a poster, in place of an earlier one. Posters of files that are no videos are never
    /// shown.
    ///
    /// # Errors
    /// `NotFound` if the user has no such upload, or posted it; `Invalid` if it is no picture, or a large one;
    /// `TooMany`, as for uploads.
    pub async fn put_poster(&self, user: &User, token: &str, bytes: Vec<u8>) -> Result<()> {
        self.check_rate(user)?;
        self.upload(user.id, token).await?;
        let encode = move || pictures::poster(&bytes, MediaType::detect(&bytes));
        let encoded = self.in_turn(user.id, encode).await?;
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
        // No content is removed until the row says that this one is used.
        let hash = poster.hash.clone();
        let kept = self.contents.keep(&hash).await;
        let key = BlobKey::copy(&hash, copy_name(POSTER));
        self.blobs.store_bytes(bytes.into(), key).await?;
        let (user, token) = (user.id, token.to_owned());
        let set = move |tx: &mut Tx| store::set_poster(tx.conn, user, &token, &poster);
        let replaced = self.app.db.write(set).await;
        drop(kept);
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
