//! Copies of attachments for a second message, and detection of repeated posts.

use super::{
    Attachment, Files, PostedFile, store, sweep,
    upload::{LIFETIME, new_token},
};
use crate::{
    accounts::User,
    db::{Conn, Tx, time},
    error::Result,
};

impl Files {
    /// Creates copies of the user's own files for a second message. The stored blobs are shared, but each copy counts
    /// towards the quotas. Files that have been removed in the meantime are skipped.
    ///
    /// # Errors
    /// `NoSpace` if the copies would exceed a quota, `Invalid` if the user has too many unfinished uploads.
    pub async fn duplicate(&self, user: &User, files: &[Attachment]) -> Result<Vec<PostedFile>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let (user, originals) = (user.id, files.to_vec());
        let (now, quotas) = (time::now(), self.quotas());
        let copy = move |tx: &mut Tx| {
            let sizes = originals.iter().map(|file| file.size.unsigned_abs());
            quotas.check(tx.conn, user, sizes.sum())?;
            let mut copies = Vec::with_capacity(originals.len());
            for original in &originals {
                let copy = PostedFile {
                    token: new_token(),
                    alt: original.alt.clone(),
                };
                let times = (now, now + LIFETIME);
                if store::copy(tx.conn, (user, original), &copy.token, times)? {
                    copies.push(copy);
                }
            }
            sweep::schedule(tx)?;
            Ok(copies)
        };
        self.app.db.write(copy).await
    }

    /// Returns whether the user's unposted uploads match `files` in name and content.
    pub async fn are_same(
        &self,
        user: &User,
        tokens: Vec<String>,
        files: &[Attachment],
    ) -> Result<bool> {
        if tokens.len() != files.len() {
            return Ok(false);
        }
        let (user, now, files) = (user.id, time::now(), files.to_vec());
        let compare = move |conn: &mut Conn| {
            let wanted: Vec<PostedFile> = tokens.into_iter().map(PostedFile::without_alt).collect();
            let uploads = store::to_post(conn, user, &wanted, now)?;
            let mut pairs = uploads.iter().zip(&files);
            Ok(pairs.all(|(a, b)| (&a.name, &a.hash) == (&b.name, &b.hash)))
        };
        self.app.db.read(compare).await
    }
}
