//! Removal of expired uploads, files of deleted messages, and blobs without a row.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::runtime::Handle;

use super::{
    BlobKey, Files, LARGE, POSTER, SMALL, STILL,
    blobs::{self, KeyPage, remove_if_there},
    copy_name, store,
};
use crate::{
    accounts::AVATAR_SIDES,
    db::{Conn, Db, Tx, time},
    error::Result,
    jobs::{self, Job, JobHandler},
};

/// Number of rows removed per transaction.
const BATCH: i64 = 100;
/// Interval between searches for blobs without a row.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Job that removes outdated files together with their blobs, and the blob of the hash in its payload if there is one.
pub struct SweepFiles(pub Files);

impl JobHandler for SweepFiles {
    const KIND: &'static str = "files.sweep";

    fn has_work(conn: &mut Conn) -> Result<bool> {
        Ok(store::next_expiry(conn)?.is_some())
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        if self.0.has_unremoved.swap(false, Ordering::Relaxed) {
            self.0.sweep_blobs().await?;
        }
        loop {
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
            let removed = self.0.remove_blobs(deleted).await;
            self.0.note_failure(removed)?;
        }
        if !job.payload.is_empty() {
            self.0.remove_unused(&job.payload).await?;
        }
        let job = job.clone();
        let complete = move |tx: &mut Tx| {
            job.complete(tx)?;
            schedule(tx)
        };
        db.write(complete).await
    }
}

/// Schedules the removal of the next upload that expires, unless it is already scheduled.
pub fn schedule(tx: &mut Tx) -> Result<()> {
    match store::next_expiry(tx.conn)? {
        Some(at) => jobs::add_once_at::<SweepFiles>(tx, at),
        None => Ok(()),
    }
}

/// Schedules the removal of a stored picture whose row is deleted in this transaction.
pub fn sweep_picture(tx: &mut Tx, hash: &str) -> Result<()> {
    jobs::add::<SweepFiles>(tx, hash)
}

impl Files {
    /// Stops requests that are writing to these uploads. Removes their received data, and the blobs that no row
    /// references anymore.
    async fn remove_blobs(&self, uploads: Vec<(String, Vec<String>)>) -> Result<()> {
        for (token, _) in &uploads {
            self.stop_receiving(token);
        }
        let (incoming, tokens) = (self.incoming.clone(), uploads.clone());
        let remove_parts = move || {
            let mut tokens = tokens.iter();
            tokens.try_for_each(|(token, _)| remove_if_there(&incoming.path(token)))
        };
        blobs::blocking(remove_parts).await?;
        for hash in uploads.into_iter().flat_map(|(_, hashes)| hashes) {
            self.remove_unused(&hash).await?;
        }
        Ok(())
    }

    /// If a removal failed, makes the next run of the job look for all blobs without a row.
    fn note_failure(&self, removed: Result<()>) -> Result<()> {
        if removed.is_err() {
            self.has_unremoved.store(true, Ordering::Relaxed);
        }
        removed
    }

    /// Removes a blob and its copies, unless a row references it.
    pub async fn remove_unused(&self, hash: &str) -> Result<()> {
        // The lock keeps other uploads from storing the same blob during the removal.
        let _removing = self.blob_locks.exclusive(hash).await;
        if self.has_row(hash).await? {
            return Ok(());
        }
        let copies = [SMALL, LARGE, POSTER].map(copy_name).into_iter();
        let copies = copies.chain([STILL]).map(|name| BlobKey::copy(hash, name));
        let squares = AVATAR_SIDES.map(|side| BlobKey::square(hash, side));
        for key in copies.chain(squares) {
            let removed = self.blobs.remove(key).await;
            self.note_failure(removed)?;
        }
        Ok(())
    }

    async fn has_row(&self, hash: &str) -> Result<bool> {
        let hash = hash.to_owned();
        let has_row = move |conn: &mut Conn| store::has_blob(conn, &hash);
        self.app.db.read(has_row).await
    }

    /// Starts a task that removes blobs without a row, immediately and then once a day until the database is closed.
    /// Does nothing outside a Tokio runtime, as in some tools.
    pub fn start_sweeping(&self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let files = self.clone();
        runtime.spawn(async move {
            loop {
                if let Err(error) = files.sweep().await {
                    tracing::warn!(%error, "blobs without rows could not be removed");
                }
                tokio::select! {
                    () = tokio::time::sleep(INTERVAL) => {}
                    () = files.app.db.closing() => return,
                }
            }
        });
    }

    /// Removes blobs and received data without a row, which a crash can leave behind.
    async fn sweep(&self) -> Result<()> {
        self.sweep_incoming().await?;
        self.sweep_blobs().await
    }

    async fn sweep_incoming(&self) -> Result<()> {
        let incoming = self.incoming.clone();
        for token in blobs::blocking(move || incoming.tokens()).await? {
            let path = self.incoming.path(&token);
            let is_received = self.receiving.lock().contains_key(&token);
            let is_upload = move |conn: &mut Conn| store::has_upload(conn, &token);
            if !is_received && !self.app.db.read(is_upload).await? {
                blobs::blocking(move || remove_if_there(&path)).await?;
            }
        }
        Ok(())
    }

    async fn sweep_blobs(&self) -> Result<()> {
        let swept = self.sweep_store().await;
        self.note_failure(swept)
    }

    async fn sweep_store(&self) -> Result<()> {
        self.blobs.remove_unfinished().await?;
        let mut from = None;
        loop {
            let KeyPage { keys, next } = self.blobs.keys(from).await?;
            let mut hashes: Vec<&str> = keys.iter().map(BlobKey::hash).collect();
            hashes.dedup(); // copies have the same hash
            for hash in hashes {
                if !self.has_row(hash).await? {
                    self.remove_unused(hash).await?;
                }
            }
            match next {
                None => return Ok(()),
                next => from = next,
            }
        }
    }
}
