//! Blob storage for finished files, keyed by SHA-256: in the data folder or in an S3-compatible bucket. Equal files are
//! stored once. Data of unfinished uploads is always in the data folder.
//!
//! Invariant: a blob is complete and durable before it is visible under its key.

mod folder;
mod incoming;
mod key;
mod s3;

use std::{io, path::PathBuf, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::Stream;

use crate::{
    config::Config,
    error::{Error, Result},
};
use folder::Folder;
pub use {
    incoming::{Incoming, RemovedOnDrop, remove_if_there},
    key::BlobKey,
    s3::check,
};

/// Future returned by a [`Blobs`] operation.
pub type BlobFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;
/// Stream of the bytes of a blob.
pub type Chunks = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Store of blobs. All operations are idempotent and may be retried.
///
/// # Errors
/// `Disk` or `Storage` if the store fails or can't be reached, which may be temporary.
pub trait Blobs: Send + Sync {
    /// Stores a received file durably. The received file is left in place so that the caller can retry.
    fn store_file(&self, received: PathBuf, key: BlobKey) -> BlobFuture<'_, ()>;

    /// Stores bytes durably.
    fn store_bytes(&self, bytes: Bytes, key: BlobKey) -> BlobFuture<'_, ()>;

    /// Opens a blob for reading. `part` is the offset and the number of bytes.
    ///
    /// # Errors
    /// `NotFound` if the blob doesn't exist.
    fn open(&self, key: BlobKey, part: Option<(u64, u64)>) -> BlobFuture<'_, OpenedBlob>;

    /// Removes a blob if it exists.
    fn remove(&self, key: BlobKey) -> BlobFuture<'_, ()>;

    /// Removes partially stored blobs that a crash has left behind.
    fn remove_unfinished(&self) -> BlobFuture<'_, ()>;

    /// Lists a page of the keys of all blobs. `from` is `None` for the first page, then [`KeyPage::next`] of the
    /// previous one.
    fn keys(&self, from: Option<String>) -> BlobFuture<'_, KeyPage>;
}

/// Blob opened for reading.
pub struct OpenedBlob {
    /// Size of the whole blob in bytes.
    pub size: u64,
    /// Bytes of the requested part.
    pub chunks: Chunks,
}

/// Page of keys, and the position of the next page; `None` on the last page.
pub struct KeyPage {
    pub keys: Vec<BlobKey>,
    pub next: Option<String>,
}

/// Opens the configured blob store and the folder for unfinished uploads.
pub fn open(config: &Config) -> (Arc<dyn Blobs>, Incoming) {
    let folder = config.data.join("files");
    let incoming = Incoming::new(folder.clone());
    let local = Folder::new(folder, incoming.clone());
    let blobs: Arc<dyn Blobs> = match &config.blobs {
        None => Arc::new(local),
        Some(bucket) => Arc::new(s3::S3::new(bucket, local)),
    };
    (blobs, incoming)
}

/// Logs a disk failure and returns the error for the client.
pub fn disk_error(what: &str, error: &io::Error) -> Error {
    tracing::error!(%error, "{what}");
    Error::Disk
}

/// Converts an error from [`Chunks`] to the error for the client.
pub fn read_error(error: io::Error) -> Error {
    let error = error.downcast::<Error>();
    error.unwrap_or_else(|error| disk_error("a file could not be read", &error))
}

/// Runs blocking file operations on a blocking thread.
///
/// # Errors
/// `Disk` if an operation fails.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| Error::Internal(format!("a file operation: {error}")))?;
    done.map_err(|error| disk_error("a file could not be stored or read", &error))
}
