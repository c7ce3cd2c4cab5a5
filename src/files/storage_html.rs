//! HTML of the server's storage page.

use askama::Template;

use super::{
    html::{Moment, kind, percentage},
    storage::{ListBy, Storage, StorageList},
    store::{PersonUsage, RoomUsage, StoredFile},
};
use crate::{
    byte_size,
    rooms::{Kind, RoomList},
};

/// The server's storage page.
#[derive(Template)]
#[template(path = "files/storage.html")]
pub struct StoragePage {
    pub by: ListBy,
    pub facts: Vec<(&'static str, String)>,
    pub rows: Vec<StorageRow>,
    pub next: Option<i64>,
    /// Used percentage of the server's quota; `None` without a quota.
    share: Option<u64>,
}

/// Row of a list on the storage page.
pub struct StorageRow {
    title: String,
    /// Whether the title is user-chosen, so that it may be in any script.
    is_name: bool,
    /// URL that the title links to.
    address: Option<String>,
    detail: String,
    at: Option<Moment>,
    size: String,
}

impl StoragePage {
    /// Creates the page. `rooms` is the admin's room list.
    pub fn new(storage: Storage, by: ListBy, rooms: &RoomList) -> StoragePage {
        let facts = facts(&storage);
        let used = storage.totals.size + storage.totals.copies_size;
        let used = used.saturating_add(storage.totals.unfinished_size);
        let (rows, next) = match storage.usage {
            StorageList::Files(page) => {
                let rows = page.items.into_iter();
                (rows.map(|file| file_row(file, rooms)).collect(), page.next)
            }
            StorageList::Rooms(page) => {
                let rows = page.items.into_iter();
                (rows.map(|room| room_row(room, rooms)).collect(), page.next)
            }
            StorageList::People(page) => {
                let rows = page.items.into_iter();
                (rows.map(person_row).collect(), page.next)
            }
        };
        StoragePage {
            by,
            facts,
            rows,
            next,
            share: storage
                .of_all
                .map(|quota| percentage(used.unsigned_abs(), quota)),
        }
    }

    /// Returns the value of the `by` parameter in the URL.
    fn query(&self) -> &'static str {
        match self.by {
            ListBy::File => "files",
            ListBy::Room => "rooms",
            ListBy::Person => "people",
        }
    }
}

fn facts(storage: &Storage) -> Vec<(&'static str, String)> {
    let size = |bytes: i64| byte_size::in_words(bytes.unsigned_abs());
    let totals = &storage.totals;
    let quota = |limit: Option<u64>| limit.map_or("No limit".to_owned(), byte_size::in_words);
    let mut facts = vec![
        (
            "Files",
            format!("{} in {}", size(totals.size), counted(totals.files, "file")),
        ),
        ("Smaller copies of pictures", size(totals.copies_size)),
        (
            "Files on disk (identical ones are stored once)",
            size(totals.stored),
        ),
        (
            "Unfinished uploads",
            format!(
                "{} in {}",
                size(totals.unfinished_size),
                counted(totals.unfinished, "upload")
            ),
        ),
    ];
    if let Some(free) = storage.free {
        facts.push(("Free disk space", byte_size::in_words(free)));
    }
    facts.extend([
        ("Maximum file size", byte_size::in_words(storage.max_file)),
        ("Limit per person", byte_size::in_words(storage.of_person)),
        ("Limit for the whole server", quota(storage.of_all)),
        (
            "Free disk space below which uploads stop",
            byte_size::in_words(storage.min_free),
        ),
    ]);
    facts
}

fn file_row(file: StoredFile, rooms: &RoomList) -> StorageRow {
    let (room, message) = (file.room, file.message);
    let entry = rooms.entry(room).filter(|_| file.is_member);
    let detail = match entry {
        Some(entry) => format!("{}, from {}", entry.name, file.username),
        None if file.kind == Kind::Open as i32 => {
            format!("{}, from {}", file.room_name, file.username)
        }
        None => hidden_room(file.kind).to_owned(),
    };
    StorageRow {
        is_name: entry.is_some(),
        address: entry.map(|_| format!("/rooms/{room}/messages/{message}#message-{message}")),
        title: match entry {
            Some(_) => file.name,
            None => kind(&file.media_type).to_owned(),
        },
        detail,
        at: Some(Moment::of(file.created_at)),
        size: byte_size::in_words(file.size.unsigned_abs()),
    }
}

/// Returns the label of a file in a room that the admin may not see.
fn hidden_room(kind: i32) -> &'static str {
    match kind == Kind::Direct as i32 {
        true => "In a conversation you’re not part of",
        false => "In an invite-only room you’re not in",
    }
}

fn room_row(usage: RoomUsage, rooms: &RoomList) -> StorageRow {
    let entry = usage.room.and_then(|room| rooms.entry(room));
    let title = match (entry, usage.room) {
        (Some(entry), _) => entry.name.to_string(),
        (None, Some(_)) => usage.name,
        (None, None) if usage.kind == Kind::Direct as i32 => {
            format!(
                "{} you’re not part of",
                counted(usage.rooms, "conversation")
            )
        }
        (None, None) => format!("{} you’re not in", counted(usage.rooms, "invite-only room")),
    };
    StorageRow {
        title,
        is_name: usage.room.is_some(),
        address: usage.room.map(|room| format!("/rooms/{room}")),
        detail: counted(usage.files, "file"),
        at: None,
        size: byte_size::in_words(usage.size.unsigned_abs()),
    }
}

fn person_row(usage: PersonUsage) -> StorageRow {
    StorageRow {
        address: Some(format!("/people/{}", usage.username)),
        title: usage.username,
        is_name: true,
        detail: counted(usage.files, "file"),
        at: None,
        size: byte_size::in_words(usage.size.unsigned_abs()),
    }
}

/// Formats a count with a noun whose plural is formed with “s”.
fn counted(number: i64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}
