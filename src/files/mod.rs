//! File uploads, attachments of messages, and downloads.
//!
//! Invariants: the file of a visible message is complete and durable. Before a file is posted, only its uploader can
//! read it; afterwards, only members of the message's room can. Blobs without a row are removed; uploads that aren't
//! posted expire.

mod attachment;
mod attachment_copies;
mod blob_locks;
mod blobs;
mod checksum;
mod download_limit;
mod finish;
mod html;
pub mod http;
mod json;
mod kind;
mod limits;
mod media;
mod name;
mod own_files;
mod picture_queue;
mod posted_file;
mod preview;
mod receive_form;
mod received_file;
mod receiving;
mod small_pictures;
mod square_pictures;
mod storage;
mod storage_html;
mod store;
mod stored_picture;
mod sweep;
mod upload;
mod website_picture;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicBool},
};

use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio::sync::Notify;

pub use attachment::{Attachment, Picture};
pub use blobs::check as check_storage;
pub use checksum::Checksum;
pub use download_limit::MAX_DOWNLOADS;
pub use json::AttachmentJson;
pub use kind::FileKind;
pub use media::{HIGHEST_PEAK, MAX_POSTER, Media, Poster, Waveform};
pub use name::sanitized;
pub use posted_file::{MAX_FILES, PostedFile, description};
pub use preview::TextPreview;
pub use small_pictures::SmallPicture;
pub use square_pictures::MAX_SQUARE_SOURCE;
pub use store::{
    FileFilter, Scope, SharedFile, SortBy, attach, count_posted, detach_one, listed, of_messages,
    set_alt, to_post,
};
pub use stored_picture::StoredPicture;
pub use sweep::{SweepFiles, sweep_picture};
pub use upload::{NewUpload, UploadState};
pub use website_picture::WebsitePicture;

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn, Tx,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    jobs,
    rooms::{self, Action},
    web::{
        rate_limiter::{RateLimiter, TokenBucket},
        state::Handle,
    },
};
use attachment::{LARGE, POSTER, SMALL, STILL, copy_name};
use blob_locks::BlobLocks;
use blobs::{BlobKey, Blobs, Incoming};
use download_limit::DownloadLimit;
use picture_queue::PictureQueue;

/// Number of pictures that are reduced concurrently.
const PICTURES_AT_ONCE: usize = 1;
/// Number of uploads that a user may start in one burst.
const BURST: u32 = 100;
/// Number of uploads per second that a user may start after a burst.
const PER_SECOND: u32 = 2;

/// Columns of an upload that are known once it is finished.
pub struct Finished {
    hash: String,
    size: i64,
    /// Total size of the reduced copies in bytes.
    copies_size: i64,
    media_type: String,
    picture: Option<Picture>,
    preview: Option<TextPreview>,
    /// Whether the file is a picture whose metadata couldn't be removed.
    keeps_metadata: bool,
}

/// Operations on files, and their shared state. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    app: App,
    blobs: Arc<dyn Blobs>,
    incoming: Incoming,
    blob_locks: BlobLocks,
    /// Whether removing a blob failed. The next sweep then looks for all blobs without a row.
    has_unremoved: Arc<AtomicBool>,
    pictures: PictureQueue,
    /// Uploads being written to, with a handle that stops the writing request.
    receiving: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
    upload_rate: Arc<RateLimiter<UserId, TokenBucket>>,
    downloads: DownloadLimit,
}

impl Handle for Files {}

impl Files {
    /// Creates the operations. Blobs are stored in the `files` folder of the data folder, or in an S3 bucket if one is
    /// configured.
    pub fn new(app: App) -> Files {
        let (blobs, incoming) = blobs::open(&app.config);
        Files {
            blobs,
            incoming,
            app,
            blob_locks: BlobLocks::default(),
            has_unremoved: Arc::default(),
            pictures: PictureQueue::new(PICTURES_AT_ONCE),
            downloads: DownloadLimit::default(),
            receiving: Arc::default(),
            upload_rate: Arc::new(RateLimiter::new(TokenBucket::new(BURST, PER_SECOND))),
        }
    }

    /// Returns a finished file that a user may read: an attachment in one of their rooms, or one of their own uploads.
    ///
    /// # Errors
    /// `NotFound` if the file doesn't exist or the user may not read it.
    pub async fn find(&self, user: &User, token: &str) -> Result<Attachment> {
        let (user, token) = (user.id, token.to_owned());
        let read = move |conn: &mut Conn| readable(conn, user, &token);
        self.app.db.read(read).await
    }

    /// Returns the beginning of a text file, at most 64 KiB and 2,000 lines.
    ///
    /// # Errors
    /// `NotFound` if the file isn't text.
    pub async fn text(&self, file: &Attachment) -> Result<TextPreview> {
        if file.preview.is_none() {
            return Err(Error::NotFound);
        }
        let count = file
            .size
            .unsigned_abs()
            .min(preview::TEXT_PAGE.bytes_needed());
        let start = self
            .read_start(BlobKey::of(&file.hash), Some(count))
            .await?;
        let text = preview::TEXT_PAGE.first_lines(&start);
        text.ok_or(Error::NotFound)
    }

    /// Reads the first `count` bytes of a blob, or all of it.
    async fn read_start(&self, key: BlobKey, count: Option<u64>) -> Result<Vec<u8>> {
        let part = count.map(|count| (0, count));
        let mut chunks = self.blobs.open(key, part).await?.chunks;
        let mut start = Vec::new();
        while let Some(chunk) = chunks.next().await {
            start.extend(chunk.map_err(blobs::read_error)?);
        }
        Ok(start)
    }
}

/// Returns a finished file if the user may read it.
fn readable(conn: &mut Conn, user: UserId, token: &str) -> Result<Attachment> {
    let (file, room) = store::find(conn, user, token)?.ok_or(Error::NotFound)?;
    if let Some(room) = room {
        demand(conn, room, user)?;
    }
    Ok(file)
}

fn demand(conn: &mut Conn, room: RoomId, user: UserId) -> Result<()> {
    rooms::demand(conn, room, user, Action::Read).map(drop)
}

/// Detaches the files of a message that is deleted in this transaction. Their blobs are removed later.
pub fn detach(tx: &mut Tx, message: MessageId) -> Result<()> {
    if store::detach(tx.conn, message)? {
        sweep_detached(tx)?;
    }
    Ok(())
}

/// Schedules a sweep if messages with files were deleted in this transaction.
pub fn sweep_detached(tx: &mut Tx) -> Result<()> {
    match store::has_detached(tx.conn)? {
        true => jobs::add::<SweepFiles>(tx, ""),
        false => Ok(()),
    }
}
