//! Uploads: begun, received in parts, resumed and cancelled. The part that has arrived is the received file itself, so a
//! restart of the server loses nothing of it.

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

/// Time after which an upload that was not posted is removed (ms).
pub(super) const LIFETIME: i64 = 24 * 60 * 60 * 1000;

/// State of an upload.
#[derive(Clone, Debug)]
pub struct UploadState {
    pub token: String,
    /// Bytes that have arrived, and bytes that were announced.
    pub offset: u64,
    pub length: u64,
    /// When it is removed unless it is posted (ms UTC).
    pub expires_at: i64,
    /// Header `Upload-Metadata`, as the client sent it.
    pub metadata: String,
}

/// An upload to begin.
pub struct NewUpload {
    /// As the client calls the file.
    pub name: String,
    /// Bytes.
    pub length: u64,
    /// Details of a sound or a video.
    pub media: Media,
    /// Header `Upload-Metadata`, as the client sent it; may be empty.
    pub metadata: String,
}

impl Files {
    /// Begins an upload. Its length counts as used from now on, so that a quota does not end it in the middle.
    ///
    /// # Errors
    /// `Invalid` for an empty file; those of the limits.
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
            media::store::describe(tx.conn, &row.token, &media)?;
            sweep::schedule(tx)
        };
        self.app.db.write(insert).await?;
        Ok(upload)
    }

    /// State of an upload of a user. Finishes one whose bytes have all arrived, if the server was killed before it did.
    pub async fn state(&self, user: &User, token: &str) -> Result<UploadState> {
        self.upload(user.id, token).await?;
        let receiving = Receiving::begin(self, token).await?;
        // Another request may have finished it meanwhile.
        let upload = self.upload(user.id, token).await?;
        let offset = self.offset(&upload).await?;
        if upload.hash.is_none() && offset == upload.length.unsigned_abs() {
            self.finish_in_task(upload.clone(), receiving).await?;
        }
        Ok(state(&upload, offset))
    }

    /// Appends a body to an upload, which ends with the last byte. What has arrived before a failure stays, unless there
    /// is a checksum.
    ///
    /// # Errors
    /// `Conflict` if `offset` is not the number of bytes that have arrived, or while another request sends bytes;
    /// `Checksum` if the sum is another one.
    pub async fn append(
        &self,
        user: &User,
        token: &str,
        offset: u64,
        checksum: Option<Checksum>,
        body: impl AsyncRead + Send + Unpin + 'static,
    ) -> Result<UploadState> {
        self.upload(user.id, token).await?;
        let receiving = Receiving::begin(self, token).await?;
        let upload = self.upload(user.id, token).await?;
        let arrived = self.offset(&upload).await?;
        if offset != arrived {
            let why = format!("{arrived} bytes of this file have arrived. Go on from there.");
            return Err(Error::Conflict(why));
        }
        if upload.hash.is_some() {
            return Ok(state(&upload, arrived));
        }
        // A task of its own: when the client hangs up, the write that has begun ends before another request may begin.
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
            .map_err(|error| Error::Internal(format!("an upload: {error}")))?
    }

    /// Finishes an upload in a task of its own, so that a client that hangs up does not leave its work half done.
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
            .map_err(|error| Error::Internal(format!("the end of an upload: {error}")))?
    }

    /// Removes an upload that was not posted.
    pub async fn cancel(&self, user: &User, token: &str) -> Result<()> {
        let (user, token) = (user.id, token.to_owned());
        let cancel = move |tx: &mut Tx| match store::cancel(tx.conn, user, &token)? {
            true => super::removed(tx),
            false => Err(Error::NotFound),
        };
        self.app.db.write(cancel).await
    }

    /// An upload of a user that was not posted.
    pub(super) async fn upload(&self, user: UserId, token: &str) -> Result<UploadRow> {
        let (token, now) = (token.to_owned(), time::now());
        let read = move |conn: &mut Conn| store::upload(conn, user, &token, now);
        self.app.db.read(read).await?.ok_or(Error::NotFound)
    }

    /// Receives a part of an upload, and returns the new number of bytes. Until its checksum is known, the row says where
    /// the part begins, so that a kill leaves no bytes that count without having been checked.
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

    /// Number of bytes of an upload that have arrived. Call it with the right to write: a part whose checksum was never
    /// compared is cut off.
    async fn offset(&self, upload: &UploadRow) -> Result<u64> {
        if upload.hash.is_some() {
            return Ok(upload.length.unsigned_abs());
        }
        if let Some(from) = upload.unchecked_from {
            self.cut(upload, from.unsigned_abs()).await?;
            self.set_unchecked(upload, None).await?;
        }
        match tokio::fs::metadata(self.incoming.path(&upload.token)).await {
            Ok(file) => Ok(file.len()),
            Err(_) => Err(Error::NotFound),
        }
    }

    /// Cuts the received part of an upload off after `length` bytes, if it is longer.
    async fn cut(&self, upload: &UploadRow, length: u64) -> Result<()> {
        let path = self.incoming.path(&upload.token);
        let Ok(file) = OpenOptions::new().write(true).open(path).await else {
            return Ok(()); // it was removed meanwhile
        };
        let cut = async {
            match file.metadata().await?.len() > length {
                true => file.set_len(length).await,
                false => Ok(()),
            }
        };
        cut.await
            .map_err(|error| blobs::disk_error("an upload could not be cut", &error))
    }
}

/// Random name of a file in URLs (128 bits).
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
