//! Writing of request bodies to unfinished uploads.

use std::{io::SeekFrom, path::Path, time::Duration};

use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    sync::Notify,
    time::{Instant, timeout},
};

use super::{Files, blobs, checksum::Checksum};
use crate::error::{Error, Result};

/// Size of the write buffer in bytes.
pub const BUFFER: usize = 64 << 10;
/// Timeout for the next bytes of a body.
const IDLE: Duration = Duration::from_secs(30);
/// Maximum duration of one request. The client resumes with another one.
const MAX_DURATION: Duration = Duration::from_secs(60 * 60);
/// Number of bytes between checks of the free disk space.
const CHECK_DISK_EVERY: u64 = 16 << 20;

/// Part of a file sent by one request.
pub(super) struct UploadPart {
    /// Offset in bytes at which the part starts.
    pub(super) from: u64,
    /// Maximum length of the file in bytes.
    pub(super) to: u64,
    /// Expected checksum of the body.
    pub(super) checksum: Option<Checksum>,
}

impl Files {
    /// Appends a body to an upload and returns the new length in bytes. On failure, the bytes received so far are kept,
    /// also those whose checksum doesn't match.
    ///
    /// # Errors
    /// - `TooLarge` if the body exceeds the announced length.
    /// - `NoSpace` if the disk runs out of space.
    /// - `Checksum` if the checksum doesn't match.
    /// - `Malformed` if the connection drops or a timeout expires.
    pub(super) async fn receive_into(
        &self,
        path: &Path,
        part: UploadPart,
        body: impl AsyncRead + Unpin,
        stop: &Notify,
    ) -> Result<u64> {
        let UploadPart {
            from,
            to,
            mut checksum,
        } = part;
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
        // The last write may fail only here.
        file.flush().await.map_err(failed)?;
        copied.and_then(|at| match checksum.is_none_or(Checksum::matches) {
            true => Ok(at),
            false => Err(Error::Checksum),
        })
    }

    async fn copy(
        &self,
        mut body: impl AsyncRead + Unpin,
        file: &mut File,
        (from, to): (u64, u64),
        mut checksum: Option<&mut Checksum>,
    ) -> Result<u64> {
        let (started, mut at, mut buffer) = (Instant::now(), from, vec![0; BUFFER]);
        self.check_disk(0).await?;
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

/// Returns the error for an interrupted body.
fn dropped() -> Error {
    Error::Malformed("The connection dropped. Try again.".into())
}
