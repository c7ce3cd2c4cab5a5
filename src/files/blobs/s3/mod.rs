//! Blob storage in an S3-compatible bucket. Blobs that are already in the data folder stay there.

mod check;
mod download;
mod failure;
mod payload;
mod requests;
mod unfinished;
mod upload;

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use rusty_s3::actions::ListObjectsV2;

use super::{BlobFuture, BlobKey, Blobs, Folder, KeyPage, OpenedBlob};
use crate::{
    config::BucketSettings,
    error::{Error, Result},
};
pub use check::check;
use failure::StorageFailure;
use payload::Payload;
use requests::Requests;

/// Maximum size of a list of keys in bytes.
const MAX_LIST: usize = 4 << 20;

/// Bucket, and the local folder that may hold older blobs. Cheap to clone.
#[derive(Clone)]
pub struct S3 {
    requests: Arc<Requests>,
    local: Folder,
}

impl S3 {
    /// Creates a store in a bucket. `local` may hold older blobs.
    pub fn new(settings: &BucketSettings, local: Folder) -> S3 {
        S3 {
            requests: Arc::new(Requests::new(settings)),
            local,
        }
    }

    async fn open_remote(&self, key: &BlobKey, part: Option<(u64, u64)>) -> Result<OpenedBlob> {
        let name = self.requests.name(key.as_str());
        let opened = download::open(self.requests.clone(), name, part).await;
        opened.map_err(|failure| match failure {
            StorageFailure::Missing => Error::NotFound,
            failure => failure.report("a blob could not be read"),
        })
    }

    async fn remove_remote(&self, key: &BlobKey) -> Result<()> {
        let name = self.requests.name(key.as_str());
        let action = self
            .requests
            .bucket
            .delete_object(self.requests.keys(), &name);
        match self.requests.send(action, &Payload::Empty).await {
            Ok(_) | Err(StorageFailure::Missing) => Ok(()),
            Err(failure) => Err(failure.report("a blob could not be removed")),
        }
    }

    /// Lists a page of the keys in the bucket.
    async fn list(&self, from: Option<String>) -> Result<KeyPage, StorageFailure> {
        let mut action = self.requests.bucket.list_objects_v2(self.requests.keys());
        let prefix = self.requests.name("");
        action.with_prefix(&*prefix);
        if let Some(from) = from {
            action.with_continuation_token(from);
        }
        let answer = self
            .requests
            .fetch(action, &Payload::Empty, MAX_LIST)
            .await?;
        let list =
            ListObjectsV2::parse_response(&answer).map_err(|_| StorageFailure::Unreadable)?;
        let names = list.contents.iter().map(|object| object.key.as_str());
        let names = names.filter_map(|name| name.strip_prefix(&*prefix));
        Ok(KeyPage {
            keys: names.filter_map(BlobKey::parse).collect(),
            next: list.next_continuation_token,
        })
    }

    async fn store(&self, payload: Payload, key: BlobKey) -> Result<()> {
        let stored = upload::store(&self.requests, payload, &key).await;
        stored.map_err(|failure| failure.report("a blob could not be stored"))
    }
}

impl Blobs for S3 {
    fn store_file(&self, received: PathBuf, key: BlobKey) -> BlobFuture<'_, ()> {
        Box::pin(async move { self.store(Payload::file(received).await?, key).await })
    }

    fn store_bytes(&self, bytes: Bytes, key: BlobKey) -> BlobFuture<'_, ()> {
        Box::pin(self.store(Payload::Bytes(bytes), key))
    }

    fn open(&self, key: BlobKey, part: Option<(u64, u64)>) -> BlobFuture<'_, OpenedBlob> {
        Box::pin(async move {
            match self.local.open(key.clone(), part).await {
                Err(Error::NotFound) => self.open_remote(&key, part).await,
                opened => opened,
            }
        })
    }

    fn remove(&self, key: BlobKey) -> BlobFuture<'_, ()> {
        Box::pin(async move {
            self.local.remove(key.clone()).await?;
            self.remove_remote(&key).await
        })
    }

    fn remove_unfinished(&self) -> BlobFuture<'_, ()> {
        Box::pin(async move {
            let removed = unfinished::remove(&self.requests).await;
            removed.map_err(|failure| failure.report("abandoned uploads could not be removed"))
        })
    }

    fn keys(&self, from: Option<String>) -> BlobFuture<'_, KeyPage> {
        Box::pin(async move {
            let mut local = match from {
                None => self.local.keys(None).await?.keys,
                Some(_) => Vec::new(),
            };
            let page = self.list(from).await;
            let page = page.map_err(|failure| failure.report("the blobs could not be listed"))?;
            local.extend(page.keys);
            let (keys, next) = (local, page.next);
            Ok(KeyPage { keys, next })
        })
    }
}
