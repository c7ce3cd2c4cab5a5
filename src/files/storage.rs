//! Storage usage of the server, for admins.
//!
//! Invariant: an admin sees file names only in rooms that they are a member of. Room names are visible to them only for
//! open rooms and their own rooms.

use super::{
    Files, blobs,
    store::{self, PersonUsage, RoomUsage, StoredFile, Totals},
};
use crate::{
    accounts::User,
    db::Conn,
    error::{Error, Result},
    web::paged::Paged,
};

/// Number of rows per page.
const LISTED: i64 = 30;

/// Grouping of the list on the storage page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListBy {
    /// Individual files.
    #[default]
    File,
    Room,
    Person,
}

/// Page of a list, largest first.
pub enum StorageList {
    Files(Paged<StoredFile>),
    Rooms(Paged<RoomUsage>),
    People(Paged<PersonUsage>),
}

/// Storage usage of all files, and the configured limits.
pub struct Storage {
    pub totals: Totals,
    /// Free disk space in bytes; `None` if the file system doesn't report it.
    pub free: Option<u64>,
    /// Maximum size of a file in bytes.
    pub max_file: u64,
    /// Quota per user in bytes.
    pub of_person: u64,
    /// Quota of the whole server in bytes.
    pub of_all: Option<u64>,
    /// Free disk space in bytes below which uploads are rejected.
    pub min_free: u64,
    pub usage: StorageList,
}

impl Files {
    /// Returns the storage usage of all files.
    ///
    /// # Errors
    /// `NotFound` if the user isn't a server admin.
    pub async fn storage(&self, user: &User, by: ListBy, skip: i64) -> Result<Storage> {
        if !user.is_admin() {
            return Err(Error::NotFound);
        }
        let (admin, page) = (user.id, (LISTED + 1, skip));
        let read = move |conn: &mut Conn| {
            let usage = match by {
                ListBy::File => {
                    let files = store::largest(conn, admin, page)?;
                    StorageList::Files(Paged::new(files, LISTED, skip))
                }
                ListBy::Room => {
                    let rooms = store::by_room(conn, admin, page)?;
                    StorageList::Rooms(Paged::new(rooms, LISTED, skip))
                }
                ListBy::Person => {
                    let people = store::by_person(conn, page)?;
                    StorageList::People(Paged::new(people, LISTED, skip))
                }
            };
            Ok((store::totals(conn)?, usage))
        };
        let (totals, usage) = self.app.db.read(read).await?;
        let incoming = self.incoming.clone();
        let free = blobs::blocking(move || Ok(incoming.free_space())).await?;
        let limits = &self.app.settings.current().limits;
        Ok(Storage {
            totals,
            free,
            max_file: limits.max_file,
            of_person: limits.files_per_person,
            of_all: limits.files_total,
            min_free: self.app.config.min_free_disk,
            usage,
        })
    }
}
