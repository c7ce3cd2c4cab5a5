//! Lists of the files in a room or posted by a user.

use serde::Serialize;

use super::{Author, FILES_LISTED, Messages, store};
use crate::{
    accounts::User,
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::Result,
    files::{self, AttachmentJson, FileFilter, Scope, SharedFile},
    rooms::Member,
    web::paged::Paged,
};

/// Attachment in a list, with its sender.
pub struct FileEntry {
    pub listed: SharedFile,
    pub author: Author,
}

impl Messages {
    /// Lists the attachments in a room, newest first.
    pub async fn files_of_room(
        &self,
        member: &Member,
        filter: FileFilter,
    ) -> Result<Paged<FileEntry>> {
        self.files(Scope::Room(member.room.id), filter).await
    }

    /// Lists the attachments that a user has posted in rooms of `reader`, newest first.
    pub async fn files_of_person(
        &self,
        reader: &User,
        sender: UserId,
        filter: FileFilter,
    ) -> Result<Paged<FileEntry>> {
        let reader = reader.id;
        self.files(Scope::Person { sender, reader }, filter).await
    }

    async fn files(&self, scope: Scope, filter: FileFilter) -> Result<Paged<FileEntry>> {
        let skip = filter.skip;
        let read = move |conn: &mut Conn| {
            let listed = files::listed(conn, scope, &filter, FILES_LISTED + 1)?;
            let senders = listed.iter().map(|listed| listed.sender).collect();
            let authors = store::authors(conn, senders)?;
            let entry = |listed: SharedFile| {
                let author = authors.get(&listed.sender)?.clone();
                Some(FileEntry { listed, author })
            };
            let entries: Vec<FileEntry> = listed.into_iter().filter_map(entry).collect();
            Ok(entries)
        };
        let entries = self.app.db.read(read).await?;
        Ok(Paged::new(entries, FILES_LISTED, skip))
    }
}

/// JSON representation of an attachment in a list.
#[derive(Serialize)]
pub struct FileEntryJson<'a> {
    #[serde(flatten)]
    file: AttachmentJson<'a>,
    room: RoomId,
    message: MessageId,
    author: &'a Author,
    posted_at: String,
}

impl<'a> From<&'a FileEntry> for FileEntryJson<'a> {
    fn from(entry: &'a FileEntry) -> FileEntryJson<'a> {
        let listed = &entry.listed;
        FileEntryJson {
            file: AttachmentJson::from(&listed.file),
            room: listed.room,
            message: listed.message,
            author: &entry.author,
            posted_at: time::iso(listed.posted_at),
        }
    }
}
