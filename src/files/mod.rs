//! Files: uploads that survive lost connections, the files of messages, and their delivery to members.
//!
//! Invariants: a file that a message shows is complete and durable. Only members of the message's room read it, and only
//! its sender before it is posted. A content without a row is removed; a row without a message expires.

mod blobs;
mod checksum;
mod content_locks;
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
mod preview;
mod receive_form;
mod received_file;
mod receiving;
mod reduced;
mod repeated;
mod small_pictures;
mod squares;
mod storage;
mod storage_html;
mod store;
mod stored_picture;
mod sweep;
mod upload;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::AtomicBool},
};

use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio::sync::Notify;

pub use blobs::check as check_storage;
pub use checksum::Checksum;
pub use download_limit::MAX_DOWNLOADS;
pub use json::AttachmentJson;
pub use kind::FileKind;
pub use media::{HIGHEST_PEAK, MAX_POSTER, Media, Poster, Waveform};
pub use preview::TextPreview;
pub use reduced::WebsitePicture;
pub use small_pictures::SmallPicture;
pub use squares::MAX_SQUARE_SOURCE;
pub use store::{
    FileFilter, Scope, SharedFile, SortBy, attach, detach_one, listed, of_messages, set_alt,
    to_post,
};
pub use stored_picture::StoredPicture;
pub use sweep::SweepFiles;
pub use upload::{NewUpload, UploadState};

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
use blobs::{BlobKey, Blobs, Incoming};
use content_locks::ContentLocks;
use download_limit::DownloadLimit;
use media_type::MediaType;
use picture_queue::PictureQueue;

/// The most files of a message.
pub const MAX_FILES: usize = 10;
/// The most characters of a picture's description.
const MAX_ALT: usize = 1_000;
/// Reduced copy of a picture whose longest side is 720 px.
const SMALL: i32 = 1;
/// Reduced copy of a picture whose longest side is 1,600 px.
const LARGE: i32 = 2;
/// Poster of a video. It has a hash of its own.
const POSTER: i32 = 4;
/// Name of the still copy of a small animation in the folder.
const STILL: &str = "still";
/// Pictures that are reduced at the same time.
const PICTURES_AT_ONCE: usize = 1;
/// Uploads that a user may begin in one burst.
const BURST: u32 = 100;
/// Uploads that a user may begin per second after a burst.
const PER_SECOND: u32 = 2;

/// A file of a message, or a finished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Random name in its URL.
    pub token: String,
    /// As the sender called it.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Media type by content, as in `Content-Type`.
    pub media_type: String,
    hash: String,
    /// `None` if it is no picture that browsers show.
    pub picture: Option<Picture>,
    /// Description of a picture; empty without one.
    pub alt: String,
    /// As the sender gave them, also for a file that is neither a sound nor a video.
    media: Media,
    poster: Option<Poster>,
    /// First lines of a text.
    pub preview: Option<TextPreview>,
}

/// A picture that browsers show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Size as it is displayed (px).
    pub width: u32,
    pub height: u32,
    /// Colours of a grid of 4 × 3 cells, six hexadecimal digits each.
    pub placeholder: String,
    pub is_animated: bool,
    /// Reduced copies: the sum of [`SMALL`] and [`LARGE`].
    copies: i32,
}

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

/// A finished upload that a user posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedFile {
    pub token: String,
    pub alt: String,
}

impl PostedFile {
    /// A file without a description.
    fn without_alt(token: String) -> PostedFile {
        let alt = String::new();
        PostedFile { token, alt }
    }

    /// Checks the files of a post. Missing descriptions are empty.
    ///
    /// # Errors
    /// `Invalid` for too many files, one that is named twice, or too long a description.
    pub fn parse(tokens: Vec<String>, alts: Vec<String>) -> Result<Vec<PostedFile>> {
        let invalid = |why: &str| Err(Error::Invalid(why.into()));
        if tokens.len() > MAX_FILES {
            return invalid("A message can have up to 10 files. Send the others in another one.");
        }
        let unique: HashSet<&String> = tokens.iter().collect();
        if unique.len() < tokens.len() {
            return invalid("The same file is attached twice.");
        }
        let alts: Vec<String> = alts
            .iter()
            .map(|alt| description(alt))
            .collect::<Result<_>>()?;
        let alts = alts.into_iter().chain(std::iter::repeat(String::new()));
        let files = tokens
            .into_iter()
            .zip(alts)
            .map(|(token, alt)| PostedFile { token, alt });
        Ok(files.collect())
    }
}

/// Checks the description of a picture, which may be empty.
///
/// # Errors
/// `Invalid` for more than 1,000 characters.
pub fn description(typed: &str) -> Result<String> {
    match typed.chars().count() > MAX_ALT {
        true => Err(Error::Invalid(
            "Descriptions can be at most 1,000 characters.".into(),
        )),
        false => Ok(typed.trim().to_owned()),
    }
}

impl Attachment {
    /// URL of the file itself.
    pub fn url(&self) -> String {
        format!("/files/{}/{}", self.token, name::in_path(&self.name))
    }

    /// URL of a picture about 720 px large.
    pub fn small_url(&self) -> String {
        self.copy_url(SMALL)
    }

    /// URL of a picture about 1,600 px large.
    pub fn large_url(&self) -> String {
        self.copy_url(LARGE)
    }

    fn copy_url(&self, copy: i32) -> String {
        match &self.picture {
            Some(picture) if picture.copies & copy != 0 => {
                format!("{}?copy={}", self.url(), copy_name(copy))
            }
            _ => self.url(),
        }
    }

    /// Whether browsers play it as a video.
    pub fn is_video(&self) -> bool {
        self.known_type().is_some_and(MediaType::is_video)
    }

    /// Whether browsers play it as a sound.
    pub fn is_audio(&self) -> bool {
        self.known_type().is_some_and(MediaType::is_audio)
    }

    /// Duration of a sound or a video (ms).
    pub fn duration(&self) -> Option<i32> {
        let has_duration = self.is_audio() || self.is_video();
        self.media.duration.filter(|_| has_duration)
    }

    /// Whether it is a sound that its sender recorded as a voice message.
    pub fn is_voice(&self) -> bool {
        self.media.is_voice && self.is_audio()
    }

    /// Loudness of a voice message over time.
    pub fn waveform(&self) -> Option<&Waveform> {
        self.media.waveform.as_ref().filter(|_| self.is_voice())
    }

    /// Picture of a video that is shown before it plays.
    pub fn poster(&self) -> Option<&Poster> {
        self.poster.as_ref().filter(|_| self.is_video())
    }

    /// URL of the poster of a video.
    pub fn poster_url(&self) -> Option<String> {
        let url = || format!("{}?copy={}", self.url(), copy_name(POSTER));
        self.poster().map(|_| url())
    }

    /// Kind in lists of files.
    pub fn kind(&self) -> FileKind {
        FileKind::of(&self.media_type)
    }

    /// Whether browsers show it in a viewer of their own, in a tab.
    pub fn is_pdf(&self) -> bool {
        self.known_type() == Some(MediaType::Pdf)
    }

    fn known_type(&self) -> Option<MediaType> {
        MediaType::from_name(&self.media_type)
    }
}

/// Name of a reduced copy in URLs and in the folder.
fn copy_name(copy: i32) -> &'static str {
    match copy {
        SMALL => "small",
        LARGE => "large",
        _ => "poster",
    }
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
