//! Removal of expired uploads, of the files of deleted messages, and of contents without rows.

use std::{fs, io, time::Duration};

use tokio::runtime::Handle;

use super::{BlobKey, Files, LARGE, SMALL, blobs, copy_name, store};
use crate::{
    db::{Conn, Db, Tx, time},
    error::Result,
    jobs::{self, Job, JobHandler},
};

/// Rows that one transaction removes.
const BATCH: i64 = 100;
/// Time between two searches for contents without rows.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Job that removes files without messages, with their contents.
pub struct SweepFiles(pub Files);

impl JobHandler for SweepFiles {
    const KIND: &'static str = "files.sweep";

    fn has_work(conn: &mut Conn) -> Result<bool> {
        Ok(store::next_expiry(conn)?.is_some())
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        loop {
            // A content loses its last row and its file while no other upload can store the same content.
            let storing = self.0.storing.write().await;
            let delete = move |tx: &mut Tx| {
                let deleted = store::delete_outdated(tx.conn, time::now(), BATCH)?;
                if !deleted.is_empty() {
                    tx.erases();
                }
                Ok(deleted)
            };
            let deleted = db.write(delete).await?;
            if deleted.is_empty() {
                break;
            }
            for (token, hash) in deleted {
                self.0.remove_contents(token, hash).await?;
            }
            drop(storing);
        }
        let job = job.clone();
        let complete = move |tx: &mut Tx| {
            job.complete(tx)?;
            schedule(tx)
        };
        db.write(complete).await
    }
}

/// Has the next expired upload removed, unless that is planned.
pub fn schedule(tx: &mut Tx) -> Result<()> {
    match store::next_expiry(tx.conn)? {
        Some(at) => jobs::add_once_at::<SweepFiles>(tx, at),
        None => Ok(()),
    }
}

impl Files {
    /// Removes the received part of an upload, and a content that no row has any more.
    async fn remove_contents(&self, token: String, hash: Option<String>) -> Result<()> {
        let blobs = self.blobs.clone();
        blobs::blocking(move || remove_if_there(&blobs.incoming(&token))).await?;
        match hash {
            Some(hash) => self.remove_blob(hash).await,
            None => Ok(()),
        }
    }

    /// Removes a content that no row has.
    pub(super) async fn remove_unused(&self, hash: String) -> Result<()> {
        let _storing = self.storing.write().await;
        self.remove_blob(hash).await
    }

    /// Removes a content that no row has. Call it with `storing` locked for writing.
    async fn remove_blob(&self, hash: String) -> Result<()> {
        let wanted = hash.clone();
        let has_row = move |conn: &mut Conn| store::has_hash(conn, &wanted);
        if self.app.db.read(has_row).await? {
            return Ok(());
        }
        let blobs = self.blobs.clone();
        let remove = move || {
            for copy in [SMALL, LARGE] {
                blobs.remove(&BlobKey::copy(&hash, copy_name(copy)))?;
            }
            blobs.remove(&BlobKey::of(&hash))
        };
        blobs::blocking(remove).await
    }

    /// Removes contents without rows, at the start and once a day, until the database is closed. Without a runtime, as in
    /// some tools, that waits for the next start.
    pub fn start_sweeping(&self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let files = self.clone();
        runtime.spawn(async move {
            loop {
                if let Err(error) = files.sweep_folder().await {
                    tracing::warn!(%error, "contents without rows could not be removed");
                }
                tokio::select! {
                    () = tokio::time::sleep(INTERVAL) => {}
                    () = files.app.db.closing() => return,
                }
            }
        });
    }

    /// Removes contents and received parts without rows, which a kill can leave.
    pub(super) async fn sweep_folder(&self) -> Result<()> {
        let blobs = self.blobs.clone();
        for token in blobs::blocking(move || blobs.incoming_tokens()).await? {
            let _storing = self.storing.write().await;
            let (wanted, path) = (token.clone(), self.blobs.incoming(&token));
            let is_upload = move |conn: &mut Conn| store::has_upload(conn, &wanted);
            let is_received = self.receiving.lock().contains_key(&token);
            if !is_received && !self.app.db.read(is_upload).await? {
                blobs::blocking(move || remove_if_there(&path)).await?;
            }
        }
        let blobs = self.blobs.clone();
        let keys = blobs::blocking(move || blobs.keys()).await?;
        for key in keys {
            self.remove_unused(key.hash().to_owned()).await?;
        }
        Ok(())
    }
}

pub(super) fn remove_if_there(path: &std::path::Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
