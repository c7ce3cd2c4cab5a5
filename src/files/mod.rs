//! Files: uploads that survive lost connections, the files of messages, and their delivery to members.
//!
//! Invariants: a file that a message shows is complete and on disk. Only members of the message's room read it, and only
//! its sender before it is posted. A content without a row is removed; a row without a message expires.

mod blobs;
mod checksum;
mod finish;
pub mod http;
mod json;
mod limits;
mod media_type;
mod name;
mod pictures;
mod receiving;
mod store;
mod sweep;
mod upload;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::Mutex;
use tokio::sync::{Notify, RwLock, Semaphore};

pub use checksum::Checksum;
pub use json::AttachmentJson;
pub use store::{attach, of_messages, to_post};
pub use sweep::SweepFiles;
pub use upload::UploadState;

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
use blobs::{BlobKey, Blobs};
use media_type::MediaType;

/// The most files of a message.
pub const MAX_FILES: usize = 10;
/// The most characters of a picture's description.
const MAX_ALT: usize = 1_000;
/// Reduced copy of a picture whose longest side is 720 px.
const SMALL: i32 = 1;
/// Reduced copy of a picture whose longest side is 1,600 px.
const LARGE: i32 = 2;
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
    media_type: String,
    picture: Option<Picture>,
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
        if alts.iter().any(|alt| alt.chars().count() > MAX_ALT) {
            return invalid("Descriptions can be at most 1,000 characters.");
        }
        let alts = alts.into_iter().chain(std::iter::repeat(String::new()));
        let files = tokens.into_iter().zip(alts).map(|(token, alt)| PostedFile {
            token,
            alt: alt.trim().to_owned(),
        });
        Ok(files.collect())
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

    fn known_type(&self) -> Option<MediaType> {
        MediaType::from_name(&self.media_type)
    }
}

/// Name of a reduced copy in URLs and in the folder.
fn copy_name(copy: i32) -> &'static str {
    match copy {
        SMALL => "small",
        _ => "large",
    }
}

/// Operations on files, and what they have in memory. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    app: App,
    blobs: Blobs,
    /// Held for reading while a content without a row is stored, and for writing while contents without rows are
    /// removed.
    storing: Arc<RwLock<()>>,
    pictures: Arc<Semaphore>,
    /// Uploads that a request writes to, each with the means to stop that request.
    receiving: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
    begun: Arc<RateLimiter<UserId, TokenBucket>>,
}

impl Handle for Files {}

impl Files {
    /// Creates the operations. The contents are in the folder `files` of the data folder.
    pub fn new(app: App) -> Files {
        Files {
            blobs: Blobs::new(app.config.data.join("files")),
            app,
            storing: Arc::default(),
            pictures: Arc::new(Semaphore::new(PICTURES_AT_ONCE)),
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
