//! The files of one user: those in messages, uploads that were not posted, and what they take.

use super::{
    Files,
    store::{self, OwnFile, OwnUpload, SortBy},
};
use crate::{
    accounts::User,
    db::{
        Conn,
        ids::{MessageId, RoomId},
        time,
    },
    error::{Error, Result},
    web::paged::Paged,
};

/// Files on one page.
const LISTED: i64 = 30;
/// Uploads on one page.
const LISTED_UPLOADS: i64 = 100;

/// An upload, and how much of it has arrived (bytes).
pub struct ReceivedUpload {
    pub upload: OwnUpload,
    pub received: u64,
}

/// The files of a user.
pub struct OwnFiles {
    pub files: Paged<OwnFile>,
    /// The newest ones.
    pub uploads: Vec<ReceivedUpload>,
    /// Bytes that count for the quota.
    pub used: u64,
    /// The most bytes.
    pub quota: u64,
}

impl Files {
    /// The files of a user in messages, and the uploads that they have not posted.
    pub async fn own(&self, user: &User, sort: SortBy, skip: i64) -> Result<OwnFiles> {
        let (user, now) = (user.id, time::now());
        let read = move |conn: &mut Conn| {
            let files = store::posted(conn, user, sort, (LISTED + 1, skip))?;
            let uploads = store::unposted(conn, user, now, LISTED_UPLOADS)?;
            Ok((files, uploads, store::usage(conn, user, false)?))
        };
        let (files, uploads, usage) = self.app.db.read(read).await?;
        let mut received = Vec::with_capacity(uploads.len());
        for upload in uploads {
            received.push(self.received(upload).await);
        }
        Ok(OwnFiles {
            files: Paged::new(files, LISTED, skip),
            uploads: received,
            used: usage.of_user.unsigned_abs(),
            quota: self.quotas().of_user,
        })
    }

    async fn received(&self, upload: OwnUpload) -> ReceivedUpload {
        let received = match upload.is_complete() {
            true => upload.length.unsigned_abs(),
            false => {
                let file = tokio::fs::metadata(self.incoming.path(&upload.token)).await;
                file.map_or(0, |file| file.len())
            }
        };
        ReceivedUpload { upload, received }
    }

    /// Room and message of an own file; `None` for an upload that was not posted.
    ///
    /// # Errors
    /// `NotFound` for a file of another user.
    pub async fn place(&self, user: &User, token: &str) -> Result<Option<(RoomId, MessageId)>> {
        let (user, token) = (user.id, token.to_owned());
        let read = move |conn: &mut Conn| store::place(conn, user, &token);
        self.app.db.read(read).await?.ok_or(Error::NotFound)
    }
}
