//! A user's own files: attachments, unposted uploads and used space.

use super::{
    Attachment, BlobKey, Files,
    blobs::Chunks,
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

/// Number of attachments per page.
const LISTED: i64 = 30;
/// Maximum number of unposted uploads listed.
const LISTED_UPLOADS: i64 = 100;

/// Upload and the number of bytes received so far.
pub struct ReceivedUpload {
    pub upload: OwnUpload,
    pub received: u64,
}

/// Files of a user, and their quota.
pub struct OwnFiles {
    pub files: Paged<OwnFile>,
    /// Newest unposted uploads.
    pub uploads: Vec<ReceivedUpload>,
    /// Bytes that count towards the quota.
    pub used: u64,
    /// Quota in bytes.
    pub quota: u64,
}

impl Files {
    /// Returns the user's attachments and the uploads that they haven't posted yet.
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

    /// The next files that a user has posted after the file with an id, each with its id.
    pub async fn posted_after(&self, user: &User, after: i64) -> Result<Vec<(i64, Attachment)>> {
        let user = user.id;
        let read = move |conn: &mut Conn| store::posted_after(conn, user, (after, LISTED));
        self.app.db.read(read).await
    }

    /// Opens the contents of a file. The caller has checked that the user may read it.
    ///
    /// # Errors
    /// `NotFound` if they were removed.
    pub async fn contents(&self, file: &Attachment) -> Result<Chunks> {
        let opened = self.blobs.open(BlobKey::of(&file.hash), None).await?;
        Ok(opened.chunks)
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

    /// Returns whether one of the user's own files is a picture whose metadata couldn't be removed.
    pub async fn keeps_metadata(&self, user: &User, token: &str) -> Result<bool> {
        let (user, token) = (user.id, token.to_owned());
        let read = move |conn: &mut Conn| store::keeps_metadata(conn, user, &token);
        self.app.db.read(read).await
    }

    /// Returns the room and message of one of the user's own files, or `None` if it hasn't been posted.
    ///
    /// # Errors
    /// `NotFound` if the file belongs to another user.
    pub async fn place(&self, user: &User, token: &str) -> Result<Option<(RoomId, MessageId)>> {
        let (user, token) = (user.id, token.to_owned());
        let read = move |conn: &mut Conn| store::place(conn, user, &token);
        self.app.db.read(read).await?.ok_or(Error::NotFound)
    }
}
