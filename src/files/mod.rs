//! Files: uploads that survive lost connections, the files of messages, and their delivery to members.
//!
//! Invariants: a file that a message shows is complete and durable. Only members of the message's room read it, and only
//! its sender before it is posted. A content without a row is removed; a row without a message expires.

mod attachment;
mod blobs;
mod checksum;
mod content_locks;
mod copied;
mod download_limit;
mod finish;
mod html;
pub mod http;
mod json;
mod kind;
mod limits;
mod media;
mod media_type;
mod name;
mod own;
mod picture_queue;
mod pictures;
mod posted_file;
mod preview;
mod receive_form;
mod received_file;
mod receiving;
mod small_pictures;
mod squares;
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
pub use posted_file::{MAX_FILES, PostedFile, description};
pub use preview::TextPreview;
pub use small_pictures::SmallPicture;
pub use squares::MAX_SQUARE_SOURCE;
pub use store::{
    FileFilter, Scope, SharedFile, SortBy, attach, detach_one, listed, of_messages, set_alt,
    to_post,
};
pub use stored_picture::StoredPicture;
pub use sweep::SweepFiles;
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
use blobs::{BlobKey, Blobs, Incoming};
use content_locks::ContentLocks;
use download_limit::DownloadLimit;
use picture_queue::PictureQueue;

/// Pictures that are reduced at the same time.
const PICTURES_AT_ONCE: usize = 1;
/// Uploads that a user may begin in one burst.
const BURST: u32 = 100;
/// Uploads that a user may begin per second after a burst.
const PER_SECOND: u32 = 2;

/// Columns of an upload that are known when it ends.
pub struct Finished {
    hash: String,
    size: i64,
    /// Bytes of the reduced copies together.
    copies_size: i64,
    media_type: String,
    picture: Option<Picture>,
    preview: Option<TextPreview>,
}

/// Operations on files, and what they have in memory. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    app: App,
    blobs: Arc<dyn Blobs>,
    incoming: Incoming,
    contents: ContentLocks,
    /// Whether a content could not be removed, so that all contents without rows are searched.
    has_unremoved: Arc<AtomicBool>,
    pictures: PictureQueue,
    /// Uploads that a request writes to, each with the means to stop that request.
    receiving: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
    begun: Arc<RateLimiter<UserId, TokenBucket>>,
    downloads: DownloadLimit,
}

impl Handle for Files {}

impl Files {
    /// Creates the operations. The contents are in the folder `files` of the data folder, or in a bucket if the settings
    /// name one.
    pub fn new(app: App) -> Files {
        let (blobs, incoming) = blobs::open(&app.config);
        Files {
            blobs,
            incoming,
            app,
            contents: ContentLocks::default(),
            has_unremoved: Arc::default(),
            pictures: PictureQueue::new(PICTURES_AT_ONCE),
            downloads: DownloadLimit::default(),
            receiving: Arc::default(),
            begun: Arc::new(RateLimiter::new(TokenBucket::new(BURST, PER_SECOND))),
        }
    }

    /// A finished file that a user may read: one of a message in a room of theirs, or an own upload.
    ///
    /// # Errors
    /// `NotFound` for all others, as for files that do not exist.
    pub async fn find(&self, user: &User, token: &str) -> Result<Attachment> {
        let (user, token) = (user.id, token.to_owned());
        let read = move |conn: &mut Conn| readable(conn, user, &token);
        self.app.db.read(read).await
    }

    /// The beginning of a text, at most 64 KiB and 2,000 lines, for its page.
    ///
    /// # Errors
    /// `NotFound` for a file that is no text.
    pub async fn text(&self, file: &Attachment) -> Result<TextPreview> {
        if file.preview.is_none() {
            return Err(Error::NotFound);
        }
        let count = file.size.unsigned_abs().min(preview::TEXT_PAGE.wanted());
        let start = self
            .read_start(BlobKey::of(&file.hash), Some(count))
            .await?;
        let text = preview::TEXT_PAGE.first_lines(&start);
        text.ok_or(Error::NotFound)
    }

    /// The first `count` bytes of a content, or all.
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

/// A finished file, if a user may read it.
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

/// Takes the files from a message that is deleted in this transaction. Their contents are removed after it.
pub fn detach(tx: &mut Tx, message: MessageId) -> Result<()> {
    if store::detach(tx.conn, message)? {
        removed(tx)?;
    }
    Ok(())
}

/// Has files removed whose messages are deleted in this transaction.
pub fn removed(tx: &mut Tx) -> Result<()> {
    match store::has_detached(tx.conn)? {
        true => jobs::add::<SweepFiles>(tx, ""),
        false => Ok(()),
    }
}
