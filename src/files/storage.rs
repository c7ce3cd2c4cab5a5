//! Storage that all files use, for admins of the server.
//!
//! Invariant: an admin learns the names of files only in rooms that they are a member of, and the names of rooms only if
//! these are open, or they are a member.

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

/// Rows on one page.
const LISTED: i64 = 30;

/// Subject of a list on the storage page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListBy {
    /// The largest files.
    #[default]
    File,
    Room,
    Person,
}

/// A page of a list, the largest first.
pub enum StorageList {
    Files(Paged<StoredFile>),
    Rooms(Paged<RoomUsage>),
    People(Paged<PersonUsage>),
}

/// Storage that all files use, and the limits.
pub struct Storage {
    pub totals: Totals,
    /// Free space of the disk (bytes). `None` if the file system does not tell.
    pub free: Option<u64>,
    /// Largest file (bytes).
    pub max_file: u64,
    /// Quota of a person (bytes).
    pub of_person: u64,
    /// Quota of all together (bytes).
    pub of_all: Option<u64>,
    /// Free space below which uploads are refused (bytes).
    pub min_free: u64,
    pub usage: StorageList,
}

impl Files {
    /// Storage that all files use.
    ///
    /// # Errors
    /// `NotFound` for users who are not admins of the server.
    pub async fn storage(&self, user: &User, by: ListBy, skip: i64) -> Result<Storage> {
        if !user.is_admin {
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
        let config = &self.app.config;
        Ok(Storage {
            totals,
            free,
            max_file: config.max_file,
            of_person: config.files_per_person,
            of_all: config.files_total,
            min_free: config.min_free_disk,
            usage,
        })
    }
}
