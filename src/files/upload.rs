//! Uploads: begun, received in parts, resumed and cancelled. The part that has arrived is the received file itself, so a
//! restart of the server loses nothing of it.

use std::{io::SeekFrom, time::Duration};

use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    sync::Notify,
    time::{Instant, timeout},
};

use super::{
    Attachment, Files, PostedFile, blobs,
    checksum::Checksum,
    name::sanitized,
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
const LIFETIME: i64 = 24 * 60 * 60 * 1000;
/// Size of the buffer of an upload (bytes).
pub const BUFFER: usize = 64 << 10;
/// Longest wait for the next bytes of a body.
const IDLE: Duration = Duration::from_secs(30);
/// Longest time of one request. The client goes on with another one.
const MAX_DURATION: Duration = Duration::from_secs(60 * 60);
/// Number of bytes after which the free space of the disk is checked again.
const CHECK_DISK_EVERY: u64 = 16 << 20;

/// State of an upload.
#[derive(Clone, Debug)]
pub struct UploadState {
    pub token: String,
    /// Bytes that have arrived, and bytes that were announced.
    pub offset: u64,
    pub length: u64,
    /// When it is removed unless it is posted (ms UTC).
    pub expires_at: i64,
}

impl Files {
    /// Begins an upload of `length` bytes.
    ///
    /// # Errors
    /// `Invalid` for an empty file; those of the limits.
    pub async fn begin(&self, user: &User, name: &str, length: u64) -> Result<UploadState> {
        if length == 0 {
            return Err(Error::Invalid("This file is empty.".into()));
        }
        self.check_limits(user, length).await?;
        let upload = self.insert(user.id, new_token(), name, length).await?;
        let (blobs, token) = (self.blobs.clone(), upload.token.clone());
        blobs::blocking(move || blobs.create_incoming(&token)).await?;
        Ok(state(&upload, 0))
    }

    async fn insert(
        &self,
        user: UserId,
        token: String,
        name: &str,
        length: u64,
    ) -> Result<UploadRow> {
        let now = time::now();
        let upload = UploadRow {
            token,
            name: sanitized(name),
            length: i64::try_from(length).unwrap_or(i64::MAX),
            hash: None,
            expires_at: Some(now + LIFETIME),
        };
        let (row, quotas) = (upload.clone(), self.quotas());
        let insert = move |tx: &mut Tx| {
            quotas.check(tx.conn, user, length)?;
            store::insert(tx.conn, user, &row, now)?;
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
            let path = files.blobs.incoming(&upload.token);
            let range = (arrived, upload.length.unsigned_abs());
            let offset = files
                .receive_into(&path, range, checksum, body, &receiving.stop)
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

    /// Receives a whole file of unknown length, and returns its token.
    ///
    /// # Errors
    /// `Invalid` for an empty file; those of the limits.
    pub async fn receive(
        &self,
        user: &User,
        name: &str,
        body: impl AsyncRead + Send + Unpin,
    ) -> Result<String> {
        self.check_limits(user, 1).await?;
        let token = new_token();
        let receiving = Receiving::begin(self, &token).await?;
        let path = self.blobs.incoming(&token);
        let (blobs, created) = (self.blobs.clone(), token.clone());
        blobs::blocking(move || blobs.create_incoming(&created)).await?;
        let limit = self.app.config.max_file;
        let length = self
            .receive_into(&path, (0, limit), None, body, &receiving.stop)
            .await;
        let length = match length {
            Ok(0) => Err(Error::Invalid(format!("“{}” is empty.", sanitized(name)))),
            Err(Error::TooLarge) => Err(Error::FileTooLarge(limit)),
            other => other,
        };
        let finished = match length {
            Ok(length) => {
                let upload = self.insert(user.id, token.clone(), name, length).await;
                match upload {
                    Ok(upload) => self.finish_in_task(upload, receiving).await,
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        };
        if finished.is_err() {
            let _ = tokio::fs::remove_file(&path).await;
        }
        finished.map(|()| token)
    }

    /// Finishes an upload in a task of its own, so that a client that hangs up does not leave its work half done.
    async fn finish_in_task(&self, upload: UploadRow, receiving: Receiving) -> Result<()> {
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

    /// Copies of own files that a second message may have. Their contents are stored once. Files that were removed
    /// meanwhile are left out.
    pub async fn duplicate(&self, user: &User, files: &[Attachment]) -> Result<Vec<PostedFile>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let (user, originals) = (user.id, files.to_vec());
        let now = time::now();
        // No content is removed meanwhile.
        let _storing = self.storing.read().await;
        let copy = move |tx: &mut Tx| {
            let mut copies = Vec::with_capacity(originals.len());
            for original in &originals {
                let copy = PostedFile {
                    token: new_token(),
                    alt: original.alt.clone(),
                };
                let times = (now, now + LIFETIME);
                if store::copy(tx.conn, (user, original), &copy.token, times)? {
                    copies.push(copy);
                }
            }
            sweep::schedule(tx)?;
            Ok(copies)
        };
        self.app.db.write(copy).await
    }

    /// Whether these uploads of a user, which were not posted yet, have the names and contents of `files`.
    pub async fn are_same(
        &self,
        user: &User,
        tokens: Vec<String>,
        files: &[Attachment],
    ) -> Result<bool> {
        if tokens.len() != files.len() {
            return Ok(false);
        }
        let (user, now, files) = (user.id, time::now(), files.to_vec());
        let compare = move |conn: &mut Conn| {
            let wanted: Vec<PostedFile> = tokens.into_iter().map(PostedFile::without_alt).collect();
            let uploads = store::to_post(conn, user, &wanted, now)?;
            let mut pairs = uploads.iter().zip(&files);
            Ok(pairs.all(|(a, b)| (&a.name, &a.hash) == (&b.name, &b.hash)))
        };
        self.app.db.read(compare).await
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

    async fn upload(&self, user: UserId, token: &str) -> Result<UploadRow> {
        let (token, now) = (token.to_owned(), time::now());
        let read = move |conn: &mut Conn| store::upload(conn, user, &token, now);
        self.app.db.read(read).await?.ok_or(Error::NotFound)
    }

    /// Number of bytes of an upload that have arrived.
    async fn offset(&self, upload: &UploadRow) -> Result<u64> {
        if upload.hash.is_some() {
            return Ok(upload.length.unsigned_abs());
        }
        match tokio::fs::metadata(self.blobs.incoming(&upload.token)).await {
            Ok(file) => Ok(file.len()),
            Err(_) => Err(Error::NotFound),
        }
    }

    /// Appends a body to a received file of `from` bytes, up to `to` bytes. Returns its new length.
    async fn receive_into(
        &self,
        path: &std::path::Path,
        (from, to): (u64, u64),
        mut checksum: Option<Checksum>,
        body: impl AsyncRead + Unpin,
        stop: &Notify,
    ) -> Result<u64> {
        let failed = |error| blobs::disk_error("an upload could not be stored", &error);
        let mut file = OpenOptions::new()
            .write(true)
            .open(path)
            .await
            .map_err(failed)?;
        file.seek(SeekFrom::Start(from)).await.map_err(failed)?;
        let copied = self.copy(body, &mut file, (from, to), checksum.as_mut());
        let copied = tokio::select! {
            copied = copied => copied,
            () = stop.notified() => Err(dropped()),
        };
        file.flush().await.map_err(failed)?;
        let Some(checksum) = checksum else {
            return copied;
        };
        let checked = copied.and_then(|at| match checksum.matches() {
            true => Ok(at),
            false => Err(Error::Checksum),
        });
        if checked.is_err() {
            file.set_len(from).await.map_err(failed)?;
        }
        checked
    }

    async fn copy(
        &self,
        mut body: impl AsyncRead + Unpin,
        file: &mut File,
        (from, to): (u64, u64),
        mut checksum: Option<&mut Checksum>,
    ) -> Result<u64> {
        let (started, mut at, mut buffer) = (Instant::now(), from, vec![0; BUFFER]);
        loop {
            let read = timeout(IDLE, body.read(&mut buffer)).await;
            let count = read.map_err(|_| dropped())?.map_err(|_| dropped())?;
            if count == 0 {
                return Ok(at);
            }
            if at + count as u64 > to {
                return Err(Error::TooLarge);
            }
            let bytes = &buffer[..count];
            file.write_all(bytes)
                .await
                .map_err(|error| blobs::disk_error("an upload could not be stored", &error))?;
            if let Some(sum) = &mut checksum {
                sum.update(bytes);
            }
            let before = at;
            at += count as u64;
            if before / CHECK_DISK_EVERY != at / CHECK_DISK_EVERY {
                self.check_disk(0).await?;
            }
            if started.elapsed() > MAX_DURATION {
                return Err(dropped());
            }
        }
    }
}

/// The error for a body that breaks off.
fn dropped() -> Error {
    Error::Malformed("The connection dropped. Try again.".into())
}

/// Random name of a file in URLs (128 bits).
fn new_token() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn state(upload: &UploadRow, offset: u64) -> UploadState {
    UploadState {
        token: upload.token.clone(),
        offset,
        length: upload.length.unsigned_abs(),
        expires_at: upload.expires_at.unwrap_or_default(),
    }
}
