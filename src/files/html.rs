//! HTML of the “Your files” page.

use askama::Template;
use chatterbox_formats::MediaType;

use super::{
    Attachment, SortBy,
    own_files::{OwnFiles, ReceivedUpload},
    store::OwnFile,
};
use crate::{accounts::User, byte_size, db::time, rooms::RoomList};

/// The “Your files” page: the user's attachments, unposted uploads and quota.
#[derive(Template)]
#[template(path = "files/own.html")]
pub struct OwnPage {
    pub files: Vec<OwnFileItem>,
    pub uploads: Vec<ListedUpload>,
    /// Used space and quota as text, and the used percentage.
    used: String,
    quota: String,
    share: u64,
    by_size: bool,
    /// Whether to link to the server's storage page.
    is_admin: bool,
    next: Option<i64>,
}

/// Attachment in the list of the user's own files.
pub struct OwnFileItem {
    file: Attachment,
    /// Room name and message URL; `None` if the user has left the room.
    place: Option<(String, String)>,
    at: Moment,
    keeps_metadata: bool,
}

/// Upload of the user that has not been posted.
pub struct ListedUpload {
    token: String,
    name: String,
    /// Upload progress as text.
    state: String,
    keeps_metadata: bool,
}

/// Point in time, formatted for display and as ISO 8601.
pub(super) struct Moment {
    pub(super) day: String,
    pub(super) iso: String,
}

impl Moment {
    pub(super) fn of(ms: i64) -> Moment {
        Moment {
            day: time::day_label(ms),
            iso: time::iso(ms),
        }
    }
}

impl OwnPage {
    /// Creates the page. `rooms` is the user's room list.
    pub fn new(user: &User, own: OwnFiles, rooms: &RoomList, sort: SortBy) -> OwnPage {
        let files = own.files.items.into_iter();
        OwnPage {
            files: files.map(|file| OwnFileItem::new(file, rooms)).collect(),
            uploads: own.uploads.iter().map(ListedUpload::new).collect(),
            used: byte_size::in_words(own.used),
            quota: byte_size::in_words(own.quota),
            share: percentage(own.used, own.quota),
            by_size: sort == SortBy::Largest,
            is_admin: user.is_admin(),
            next: own.files.next,
        }
    }

    /// Returns whether the quota is almost used up.
    fn is_nearly_full(&self) -> bool {
        self.share >= 90
    }
}

/// Returns the used percentage, from 1 to 100 so that any use is visible. Only 0 bytes are 0 %.
pub(super) fn percentage(used: u64, quota: u64) -> u64 {
    match used {
        0 => 0,
        used => (used.saturating_mul(100) / quota.max(1)).clamp(1, 100),
    }
}

impl OwnFileItem {
    fn new(own: OwnFile, rooms: &RoomList) -> OwnFileItem {
        let (room, message) = (own.room, own.message);
        let address = format!("/rooms/{room}/messages/{message}#message-{message}");
        OwnFileItem {
            place: rooms
                .entry(room)
                .map(|entry| (entry.name.to_string(), address)),
            at: Moment::of(own.created_at),
            keeps_metadata: own.keeps_metadata,
            file: own.file,
        }
    }

    fn details(&self) -> String {
        details(&self.file.media_type, self.file.size)
    }
}

impl ListedUpload {
    fn new(received: &ReceivedUpload) -> ListedUpload {
        let upload = &received.upload;
        let length = byte_size::in_words(upload.length.unsigned_abs());
        ListedUpload {
            token: upload.token.clone(),
            name: upload.name.clone(),
            keeps_metadata: upload.keeps_metadata,
            state: match upload.is_complete() {
                true => format!("{length}, uploaded but not sent"),
                false => {
                    let received = byte_size::in_words(received.received);
                    format!("{received} of {length} uploaded")
                }
            },
        }
    }
}

/// Describes a file by its kind and size.
fn details(media_type: &str, size: i64) -> String {
    let kind = kind(media_type);
    format!("{kind}, {}", byte_size::in_words(size.unsigned_abs()))
}

/// Returns a one-word description of a media type.
pub(super) fn kind(media_type: &str) -> &'static str {
    match MediaType::from_name(media_type) {
        Some(media) if media.is_picture() => "Picture",
        Some(media) if media.is_video() => "Video",
        Some(media) if media.is_audio() => "Audio",
        Some(MediaType::Pdf) => "PDF",
        Some(MediaType::Zip) => "Archive",
        Some(MediaType::Text) => "Text",
        _ => "File",
    }
}
