//! Resumable uploads. Received bytes are appended to a file in the `incoming` folder, so they survive a restart.

use std::io;

use tokio::{fs::OpenOptions, io::AsyncRead, sync::Notify};

use super::{
    Files, blobs,
    checksum::Checksum,
    media::{self, Media},
    name::sanitized,
    received_file::UploadPart,
    receiving::Receiving,
    store::{self, UploadRow},
    sweep,
};
use crate::{
    accounts::User,
    db::{Conn, Tx, ids::UserId, time},
    error::{Error, Result},
};

/// Time in milliseconds after which an unposted upload is removed.
pub(super) const LIFETIME: i64 = 24 * 60 * 60 * 1000;

/// State of an upload, as reported to clients.
#[derive(Clone, Debug)]
pub struct UploadState {
    pub token: String,
    /// Number of bytes received, and the announced length.
    pub offset: u64,
    pub length: u64,
    /// Time at which the upload is removed unless it is posted (ms UTC).
    pub expires_at: i64,
    /// `Upload-Metadata` header, as sent by the client.
    pub metadata: String,
}

/// Upload to create.
pub struct NewUpload {
    /// File name given by the client, not yet sanitized.
    pub name: String,
    /// Length in bytes.
    pub length: u64,
    /// Media details reported by the client.
    pub media: Media,
    /// `Upload-Metadata` header, as sent by the client. May be empty.
    pub metadata: String,
}

impl Files {
    /// Creates an upload. Its full length counts towards the quotas immediately, so that it can't exceed them halfway.
    ///
    /// # Errors
    /// `Invalid` if the length is 0, or an error of [`Files::check_limits`].
    pub async fn begin(&self, user: &User, new: &NewUpload) -> Result<UploadState> {
        if new.length == 0 {
            return Err(Error::Invalid("This file is empty.".into()));
        }
        self.check_limits(user, new.length).await?;
        let upload = self.insert(user.id, new_token(), new).await?;
        let (incoming, token) = (self.incoming.clone(), upload.token.clone());
        blobs::blocking(move || incoming.create(&token)).await?;
        Ok(state(&upload, 0))
    }

    pub(super) async fn insert(
        &self,
        user: UserId,
        token: String,
        new: &NewUpload,
    ) -> Result<UploadRow> {
        let (now, length) = (time::now(), new.length);
        let upload = UploadRow {
            token,
            name: sanitized(&new.name),
            user_id: user,
            length: i64::try_from(length).unwrap_or(i64::MAX),
            hash: None,
            expires_at: Some(now + LIFETIME),
            metadata: new.metadata.clone(),
            unchecked_from: None,
        };
        let (row, quotas, media) = (upload.clone(), self.quotas(), new.media.clone());
        let insert = move |tx: &mut Tx| {
            quotas.check(tx.conn, user, length)?;
            store::insert(tx.conn, &row, now)?;
            media::store::set_media(tx.conn, &row.token, &media)?;
            sweep::schedule(tx)
        };
        self.app.db.write(insert).await?;
        Ok(upload)
    }

    /// Returns the state of a user's upload. Finishes it if all bytes have arrived but the server crashed before it
    /// could.
    ///
    /// # Errors
    /// `NotFound` if the user has no such unposted upload.
    pub async fn state(&self, user: &User, token: &str) -> Result<UploadState> {
        self.upload(user.id, token).await?;
        let receiving = Receiving::begin(self, token).await?;
        // Read it again: another request may have finished it in the meantime.
        let upload = self.upload(user.id, token).await?;
        let offset = self.offset(&upload).await?;
        if upload.hash.is_none() && offset == upload.length.unsigned_abs() {
            self.finish_in_task(upload.clone(), receiving).await?;
        }
        Ok(state(&upload, offset))
    }

    /// Appends a body to an upload, and finishes the upload with the last byte. On failure, the bytes received so far
    /// are kept, unless there is a checksum or they exceed the announced length.
    ///
    /// # Errors
    /// - `Conflict` if `offset` isn't the number of bytes received, or another request is still writing.
    /// - `Checksum` if the checksum doesn't match.
    /// - `NotFound` if the user has no such unposted upload.
    pub async fn append(
        &self,
        user: &User,
        token: &str,
        offset: u64,
        checksum: Option<Checksum>,
        body: impl AsyncRead + Send + Unpin + 'static,
    ) -> Result<UploadState> {
        let upload = self.upload(user.id, token).await?;
        // A request that can't continue the upload must not stop one that does.
        check_offset(offset, self.counted(&upload).await?)?;
        let receiving = Receiving::begin(self, token).await?;
        let upload = self.upload(user.id, token).await?;
        let arrived = self.offset(&upload).await?;
        check_offset(offset, arrived)?;
        if upload.hash.is_some() {
            return Ok(state(&upload, arrived));
        }
        // Runs in its own task, so that a write in progress completes before another request can start, even if the
        // client disconnects.
        let files = self.clone();
        let received = tokio::spawn(async move {
            let offset = files
                .receive_part(&upload, arrived, checksum, body, &receiving.stop)
                .await?;
            if offset == upload.length.unsigned_abs() {
                files.finish(&upload).await?;
            }
            drop(receiving);
            Ok(state(&upload, offset))
        });
        received
            .await
            .map_err(|error| Error::Internal(format!("receiving an upload: {error}")))?
    }

    /// Finishes an upload in its own task, so that a client that disconnects doesn't interrupt it.
    pub(super) async fn finish_in_task(
        &self,
        upload: UploadRow,
        receiving: Receiving,
    ) -> Result<()> {
        let files = self.clone();
        let finished = tokio::spawn(async move {
            let finished = files.finish(&upload).await;
            drop(receiving);
            finished
        });
        finished
            .await
            .map_err(|error| Error::Internal(format!("finishing an upload: {error}")))?
    }

    /// Cancels an unposted upload, and stops the request that is writing to it.
    ///
    /// # Errors
    /// `NotFound` if the user has no such unposted upload.
    pub async fn cancel(&self, user: UserId, token: &str) -> Result<()> {
        let canceled = token.to_owned();
        let cancel = move |tx: &mut Tx| match store::cancel(tx.conn, user, &canceled)? {
            true => super::sweep_detached(tx),
            false => Err(Error::NotFound),
        };
        self.app.db.write(cancel).await?;
        self.stop_receiving(token);
        Ok(())
    }

    /// Returns an unposted upload of a user.
    ///
    /// # Errors
    /// `NotFound` if the user has no such unposted upload.
    pub(super) async fn upload(&self, user: UserId, token: &str) -> Result<UploadRow> {
        let (token, now) = (token.to_owned(), time::now());
        let read = move |conn: &mut Conn| store::upload(conn, user, &token, now);
        self.app.db.read(read).await?.ok_or(Error::NotFound)
    }

    /// Receives a part of an upload and returns the new offset. Until the checksum has been verified, the row records
    /// where the part starts, so that unverified bytes don't count after a crash.
    async fn receive_part(
        &self,
        upload: &UploadRow,
        arrived: u64,
        checksum: Option<Checksum>,
        body: impl AsyncRead + Unpin,
        stop: &Notify,
    ) -> Result<u64> {
        let path = self.incoming.path(&upload.token);
        let part = UploadPart {
            from: arrived,
            to: upload.length.unsigned_abs(),
            checksum,
        };
        let is_checked = part.checksum.is_some();
        if is_checked {
            self.set_unchecked(upload, i64::try_from(arrived).ok())
                .await?;
        }
        let received = self.receive_into(&path, part, body, stop).await;
        let is_discarded = matches!(received, Err(Error::TooLarge));
        if is_discarded || (is_checked && received.is_err()) {
            self.cut(upload, arrived).await?;
        }
        if is_checked {
            self.set_unchecked(upload, None).await?;
        }
        received
    }

    async fn set_unchecked(&self, upload: &UploadRow, from: Option<i64>) -> Result<()> {
        let token = upload.token.clone();
        let set = move |tx: &mut Tx| store::set_unchecked(tx.conn, &token, from);
        self.app.db.write(set).await
    }

    /// Returns the number of bytes that count so far, while another request may be writing. A part whose checksum
    /// hasn't been verified doesn't count.
    async fn counted(&self, upload: &UploadRow) -> Result<u64> {
        if upload.hash.is_some() {
            return Ok(upload.length.unsigned_abs());
        }
        let file = tokio::fs::metadata(self.incoming.path(&upload.token)).await;
        let length = file.map_err(|_| Error::NotFound)?.len();
        let unchecked = upload.unchecked_from.map(i64::unsigned_abs);
        Ok(unchecked.map_or(length, |from| from.min(length)))
    }

    /// Returns the number of bytes received. Removes a part whose checksum was never verified, so the caller must hold
    /// [`Receiving`].
    async fn offset(&self, upload: &UploadRow) -> Result<u64> {
        if let (None, Some(from)) = (&upload.hash, upload.unchecked_from) {
            self.cut(upload, from.unsigned_abs()).await?;
            self.set_unchecked(upload, None).await?;
        }
        self.counted(upload).await
    }

    /// Truncates the received data to `length` bytes if it is longer.
    async fn cut(&self, upload: &UploadRow, length: u64) -> Result<()> {
        let path = self.incoming.path(&upload.token);
        let cut = async {
            let file = OpenOptions::new().write(true).open(path).await?;
            match file.metadata().await?.len() > length {
                true => file.set_len(length).await,
                false => Ok(()),
            }
        };
        match cut.await {
            // It was removed in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            cut => {
                cut.map_err(|error| blobs::disk_error("an upload could not be truncated", &error))
            }
        }
    }
}

/// Checks that a part starts where the bytes that have arrived end.
fn check_offset(offset: u64, arrived: u64) -> Result<()> {
    let why = || format!("{arrived} bytes of this file have arrived. Resume from there.");
    match offset == arrived {
        true => Ok(()),
        false => Err(Error::Conflict(why())),
    }
}

/// Creates a random identifier for the URL of a file (122 random bits).
pub(super) fn new_token() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn state(upload: &UploadRow, offset: u64) -> UploadState {
    UploadState {
        token: upload.token.clone(),
        offset,
        length: upload.length.unsigned_abs(),
        expires_at: upload.expires_at.unwrap_or_default(),
        metadata: upload.metadata.clone(),
    }
}
