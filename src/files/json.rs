//! JSON representation of files (`docs/api.md`).

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Attachment, Waveform,
    own_files::{OwnFiles, ReceivedUpload},
    storage::{Storage, StorageList},
    store::{OwnFile, PersonUsage, RoomUsage, StoredFile},
};
use crate::{db::time, rooms::Kind};

/// Attachment of a message.
#[derive(Serialize)]
pub struct AttachmentJson<'a> {
    id: &'a str,
    name: &'a str,
    size: i64,
    #[serde(rename = "type")]
    media_type: &'a str,
    /// `image`, `video`, `audio` or `document`.
    kind: &'static str,
    url: String,
    /// Size of a picture or video poster in pixels.
    width: Option<u32>,
    height: Option<u32>,
    animated: bool,
    alt: &'a str,
    /// URLs of the two reduced copies.
    small_url: Option<String>,
    large_url: Option<String>,
    /// Duration in milliseconds, as reported by the sender.
    duration: Option<i32>,
    voice: bool,
    waveform: Option<&'a [u8]>,
    poster_url: Option<String>,
    /// First lines of a text file.
    preview: Option<&'a str>,
}

impl<'a> From<&'a Attachment> for AttachmentJson<'a> {
    fn from(file: &'a Attachment) -> AttachmentJson<'a> {
        let picture = file.picture.as_ref();
        let size = picture.map(|picture| (picture.width, picture.height));
        let size = size.or(file.poster().map(|poster| (poster.width, poster.height)));
        AttachmentJson {
            id: &file.token,
            name: &file.name,
            size: file.size,
            media_type: &file.media_type,
            kind: file.kind().name(),
            url: file.url(),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            animated: picture.is_some_and(|picture| picture.is_animated),
            alt: &file.alt,
            small_url: picture.map(|_| file.small_url()),
            large_url: picture.map(|_| file.large_url()),
            duration: file.duration(),
            voice: file.is_voice(),
            waveform: file.waveform().map(Waveform::peaks),
            poster_url: file.poster_url(),
            preview: file.preview.as_ref().map(|preview| preview.text.as_str()),
        }
    }
}

/// Serializes the files of a user.
pub fn own(own: &OwnFiles) -> Value {
    let files: Vec<Value> = own.files.items.iter().map(own_file).collect();
    let uploads: Vec<Value> = own.uploads.iter().map(upload).collect();
    json!({
        "files": files,
        "uploads": uploads,
        "used": own.used,
        "quota": own.quota,
        "more": own.files.more,
    })
}

fn own_file(own: &OwnFile) -> Value {
    let file = AttachmentJson::from(&own.file);
    let created_at = time::iso(own.created_at);
    json!({
        "file": file,
        "room": own.room,
        "message": own.message,
        "created_at": created_at,
        "keeps_metadata": own.keeps_metadata,
    })
}

fn upload(received: &ReceivedUpload) -> Value {
    let upload = &received.upload;
    json!({
        "id": upload.token,
        "name": upload.name,
        "length": upload.length,
        "offset": received.received,
        "complete": upload.is_complete(),
        "expires_at": upload.expires_at.map(time::iso),
        "keeps_metadata": upload.keeps_metadata,
    })
}

/// Serializes the storage usage of the server.
pub fn storage(storage: &Storage) -> Value {
    let totals = &storage.totals;
    let mut value = json!({
        "totals": {
            "files": totals.files,
            "size": totals.size,
            "copies_size": totals.copies_size,
            "stored": totals.stored,
            "unfinished": totals.unfinished,
            "unfinished_size": totals.unfinished_size,
        },
        "limits": {
            "file": storage.max_file,
            "person": storage.of_person,
            "total": storage.of_all,
            "free_disk": storage.min_free,
        },
        "free_disk": storage.free,
    });
    let (list, more) = match &storage.usage {
        StorageList::Files(page) => (page.items.iter().map(stored_file).collect(), page.more),
        StorageList::Rooms(page) => {
            let room = |usage: &RoomUsage| {
                let RoomUsage { room, name, .. } = usage;
                json!({
                    "room": room,
                    "name": room.map(|_| name),
                    "kind": kind(usage.kind),
                    "rooms": usage.rooms,
                    "files": usage.files,
                    "size": usage.size,
                })
            };
            (page.items.iter().map(room).collect(), page.more)
        }
        StorageList::People(page) => {
            let person = |usage: &PersonUsage| json!({ "username": usage.username, "files": usage.files, "size": usage.size });
            (page.items.iter().map(person).collect(), page.more)
        }
    };
    let list: Vec<Value> = list;
    value["list"] = list.into();
    value["more"] = more.into();
    value
}

/// Serializes a file, leaving out whatever the admin may not see.
fn stored_file(file: &StoredFile) -> Value {
    let is_open = file.kind == Kind::Open as i32;
    let is_known = file.is_member || is_open;
    json!({
        "id": file.is_member.then_some(&file.token),
        "name": file.is_member.then_some(&file.name),
        "size": file.size,
        "type": file.media_type,
        "created_at": time::iso(file.created_at),
        "username": is_known.then_some(&file.username),
        "room": is_known.then_some(file.room),
        "message": is_known.then_some(file.message),
        "kind": kind(file.kind),
    })
}

/// Returns the name of a kind of room; `closed` for an unknown value.
fn kind(column: i32) -> &'static str {
    let mut kinds = [Kind::Open, Kind::Closed, Kind::Direct].into_iter();
    kinds
        .find(|kind| *kind as i32 == column)
        .unwrap_or(Kind::Closed)
        .name()
}
