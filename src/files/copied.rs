//! Files of a second message with the same contents, and posts that are repeated.

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
    /// Copies of own files that a second message may have. Their contents are stored once. Files that were removed
    /// meanwhile are left out.
    pub async fn duplicate(&self, user: &User, files: &[Attachment]) -> Result<Vec<PostedFile>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let (user, originals) = (user.id, files.to_vec());
        let now = time::now();
        let copy = move |tx: &mut Tx| {
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

    /// Whether these uploads of a user, which were not posted yet, have the names and contents of `files`.
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
