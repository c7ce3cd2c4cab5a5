//! Writing of request bodies to unfinished uploads.

use std::{io::SeekFrom, path::Path, time::Duration};

use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    sync::Notify,
    time::{Instant, timeout_at},
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
        body: impl AsyncRead + Unpin,
        file: &mut File,
        (from, to): (u64, u64),
        mut checksum: Option<&mut Checksum>,
    ) -> Result<u64> {
        let (mut at, mut buffer, mut body) = (from, vec![0; BUFFER], TimedBody::new(body));
        self.check_disk(0).await?;
        loop {
            let count = body.read(&mut buffer).await?;
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
        }
    }
}

/// Request body with limits for the silence between bytes and for the time in all.
struct TimedBody<R> {
    body: R,
    deadline: Instant,
}

impl<R: AsyncRead + Unpin> TimedBody<R> {
    fn new(body: R) -> TimedBody<R> {
        let deadline = Instant::now() + MAX_DURATION;
        TimedBody { body, deadline }
    }

    /// Reads the next bytes. Returns their number, 0 at the end.
    ///
    /// # Errors
    /// `Malformed` if the connection drops, no bytes arrive for [`IDLE`], or the body takes [`MAX_DURATION`].
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let now = Instant::now();
        if now >= self.deadline {
            return Err(dropped());
        }
        let read = timeout_at(self.deadline.min(now + IDLE), self.body.read(buffer)).await;
        read.map_err(|_| dropped())?.map_err(|_| dropped())
    }
}

/// Returns the error for an interrupted body.
fn dropped() -> Error {
    Error::Malformed("The connection dropped. Try again.".into())
}

#[cfg(test)]
mod tests {
    use tokio::{io::duplex, time::sleep};

    use super::*;

    /// Reads a body of 1,000 bytes that sends one after each `interval`. Returns the time until reading ended, and
    /// whether it ended with an error.
    async fn time_until_ended(interval: Duration) -> (Duration, bool) {
        let (mut sender, body) = duplex(BUFFER);
        let sending = tokio::spawn(async move {
            for _ in 0..1000 {
                let _ = sender.write_all(b"x").await;
                sleep(interval).await;
            }
        });
        let (started, mut body) = (Instant::now(), TimedBody::new(body));
        let mut buffer = [0; 8];
        let ended = loop {
            match body.read(&mut buffer).await {
                Ok(0) => break false,
                Ok(_) => {}
                Err(_) => break true,
            }
        };
        sending.abort();
        (started.elapsed(), ended)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_ends_after_an_hour_and_a_silent_one_much_earlier() {
        let trickles = time_until_ended(Duration::from_secs(25)).await;
        assert_eq!(trickles, (MAX_DURATION, true));
        let is_silent = time_until_ended(Duration::from_secs(90)).await;
        assert_eq!(is_silent, (IDLE, true));
    }
}
