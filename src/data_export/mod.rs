//! Export of everything that a user has written here: one zip, made while it is sent.
//!
//! Invariant: memory is bounded. The archive passes through a channel of a few chunks, messages are read in batches, and
//! only a few exports run at once.

mod archive;
pub mod http;
mod json;

use std::sync::Arc;

use poem::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    accounts::{Accounts, ConfirmedUser},
    app::App,
    error::{Error, Result},
    files::Files,
    people::People,
    rooms::Rooms,
    web::state::Handle,
};
use archive::Archive;

/// Exports at once.
const AT_ONCE: usize = 2;

/// Exports of user data. Cheap to clone.
#[derive(Clone)]
pub struct DataExport(Arc<ExportInner>);

struct ExportInner {
    app: App,
    accounts: Accounts,
    people: People,
    rooms: Rooms,
    files: Files,
    slots: Arc<Semaphore>,
}

impl Handle for DataExport {}

impl DataExport {
    /// Exports of this server.
    pub fn new(
        app: App,
        (accounts, people): (Accounts, People),
        (rooms, files): (Rooms, Files),
    ) -> DataExport {
        DataExport(Arc::new(ExportInner {
            app,
            accounts,
            people,
            rooms,
            files,
            slots: Arc::new(Semaphore::new(AT_ONCE)),
        }))
    }

    /// Begins an export. The archive is made as fast as the client reads it; a failure cuts it off.
    ///
    /// # Errors
    /// `TooMany` while other exports take all slots.
    pub fn begin(&self, user: ConfirmedUser) -> Result<Body> {
        let slot = self.0.slots.clone().try_acquire_owned();
        let busy = |_| {
            let wait = std::time::Duration::from_secs(60);
            Error::too_many("Other exports are running.", wait)
        };
        let slot = slot.map_err(busy)?;
        let (archive, body) = Archive::streamed();
        let export = self.clone();
        tokio::spawn(async move {
            if let Err(error) = export.write(archive, user, slot).await {
                tracing::warn!(?error, "an export ended early");
            }
        });
        Ok(body)
    }

    async fn write(
        &self,
        archive: Archive,
        user: ConfirmedUser,
        _slot: OwnedSemaphorePermit,
    ) -> Result<()> {
        let archive = json::write_account(&self.0, archive, &user).await?;
        let archive = json::write_messages(&self.0, archive, user.user()).await?;
        let archive = self.write_files(archive, &user).await?;
        archive.finish().await
    }

    /// Adds the files that the user has posted.
    async fn write_files(&self, mut archive: Archive, user: &ConfirmedUser) -> Result<Archive> {
        let (files, mut after) = (&self.0.files, 0);
        loop {
            let batch = files.posted_after(user.user(), after).await?;
            let Some((last, _)) = batch.last() else {
                return Ok(archive);
            };
            after = *last;
            for (_, file) in &batch {
                // As in the address of the file, so that messages.json leads to it.
                let name = format!("files/{}/{}", file.token, file.name);
                let contents = match files.contents(file).await {
                    Err(Error::NotFound) => continue, // its message was deleted in the meantime
                    contents => contents?,
                };
                archive = archive.add_stream(name, contents).await?;
            }
        }
    }
}
