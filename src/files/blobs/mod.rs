//! Contents of finished files, each under the SHA-256 of its bytes: in the data folder, or in a bucket of S3-compatible
//! storage. Equal contents are stored once. What has arrived of unfinished uploads is always in the data folder.
//!
//! Invariant: a content is complete and durable before its name exists.

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
    incoming::{Incoming, remove_if_there},
    key::BlobKey,
    s3::check,
};

/// Future of an operation on contents.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;
/// Bytes of a content, in order.
pub type Chunks = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Store of contents. All operations may be repeated.
///
/// # Errors
/// `Disk` or `Storage` if it can’t be reached or fails, which may pass.
pub trait Blobs: Send + Sync {
    /// Stores a received file. It is durable when this returns. The received file stays, so that a failure of the caller
    /// can be repeated.
    fn store_file(&self, received: PathBuf, key: BlobKey) -> Answer<'_, ()>;

    /// Stores bytes. They are durable when this returns.
    fn store_bytes(&self, bytes: Bytes, key: BlobKey) -> Answer<'_, ()>;

    /// Opens a content to read `part` of it: the first byte and the number of bytes. `NotFound` if it does not exist.
    fn open(&self, key: BlobKey, part: Option<(u64, u64)>) -> Answer<'_, OpenedBlob>;

    /// Removes a content, if it exists.
    fn remove(&self, key: BlobKey) -> Answer<'_, ()>;

    /// Removes what a kill has left of contents that were not stored completely.
    fn remove_unfinished(&self) -> Answer<'_, ()>;

    /// Some of the keys of all contents: the first ones, or those at the place that the page before has named.
    fn keys(&self, from: Option<String>) -> Answer<'_, KeyPage>;
}

/// A content that is read.
pub struct OpenedBlob {
    /// Bytes of the whole content.
    pub size: u64,
    /// Bytes of the part that was asked for.
    pub chunks: Chunks,
}

/// Keys of some contents, and the place where the next ones begin; `None` at the end.
pub struct KeyPage {
    pub keys: Vec<BlobKey>,
    pub next: Option<String>,
}

/// The store that the settings name, and the folder of unfinished uploads.
pub fn open(config: &Config) -> (Arc<dyn Blobs>, Incoming) {
    let folder = config.data.join("files");
    let incoming = Incoming::new(folder.clone());
    let contents = Folder::new(folder, incoming.clone());
    let blobs: Arc<dyn Blobs> = match &config.blobs {
        None => Arc::new(contents),
        Some(bucket) => Arc::new(s3::S3::new(bucket, contents)),
    };
    (blobs, incoming)
}

/// The error for a client when the disk does not take or give a content.
pub fn disk_error(what: &str, error: &io::Error) -> Error {
    tracing::error!(%error, "{what}");
    Error::Disk
}

/// The error for a client when the bytes of a content break off.
pub fn read_error(error: io::Error) -> Error {
    let error = error.downcast::<Error>();
    error.unwrap_or_else(|error| disk_error("a file could not be read", &error))
}

/// Runs blocking work with files on a thread for it.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| Error::Internal(format!("work with a file: {error}")))?;
    done.map_err(|error| disk_error("a file could not be stored or read", &error))
}
