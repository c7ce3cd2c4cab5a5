//! Removal of expired uploads, of the files of deleted messages, and of contents without rows.

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
        if self.0.has_unremoved.swap(false, Ordering::Relaxed) {
            self.0.sweep_contents().await?;
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
            let removed = self.0.remove_contents(deleted).await;
            self.0.noted(removed)?;
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
    /// Removes the received parts of uploads, and the contents that no row has any more.
    async fn remove_contents(&self, uploads: Vec<(String, Vec<String>)>) -> Result<()> {
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

    /// Has the next run of the job search for all contents without rows if some could not be removed.
    fn noted(&self, removed: Result<()>) -> Result<()> {
        if removed.is_err() {
            self.has_unremoved.store(true, Ordering::Relaxed);
        }
        removed
    }

    /// Removes a content, unless a row has it.
    pub async fn remove_unused(&self, hash: &str) -> Result<()> {
        // A content loses its file while no other upload can store the same content.
        let _removing = self.contents.remove(hash).await;
        if self.has_row(hash).await? {
            return Ok(());
        }
        let copies = [SMALL, LARGE, POSTER].map(copy_name).into_iter();
        let copies = copies.chain([STILL]).map(|name| BlobKey::copy(hash, name));
        let squares = AVATAR_SIDES.map(|side| BlobKey::square(hash, side));
        for key in copies.chain(squares) {
            let removed = self.blobs.remove(key).await;
            self.noted(removed)?;
        }
        Ok(())
    }

    async fn has_row(&self, hash: &str) -> Result<bool> {
        let hash = hash.to_owned();
        let has_row = move |conn: &mut Conn| store::has_content(conn, &hash);
        self.app.db.read(has_row).await
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
                if let Err(error) = files.sweep().await {
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
    async fn sweep(&self) -> Result<()> {
        self.sweep_incoming().await?;
        self.sweep_contents().await
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

    async fn sweep_contents(&self) -> Result<()> {
        let swept = self.sweep_store().await;
        self.noted(swept)
    }

    async fn sweep_store(&self) -> Result<()> {
        self.blobs.remove_unfinished().await?;
        let mut from = None;
        loop {
            let KeyPage { keys, next } = self.blobs.keys(from).await?;
            let mut hashes: Vec<&str> = keys.iter().map(BlobKey::hash).collect();
            hashes.dedup(); // copies of a picture
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
