//! Downloads from S3 storage. An interrupted download resumes with another request.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use hyper::header;
use rusty_s3::S3Action;
use tokio::time::timeout;

use super::{OpenedBlob, Payload, Requests, StorageFailure};
use crate::outgoing::Response;

/// Timeout for the next bytes.
const IDLE: Duration = Duration::from_secs(15);
/// Maximum number of attempts to resume without receiving any bytes.
const MAX_RESUMPTIONS: u32 = 3;

/// Remaining part of a download.
struct Download {
    requests: Arc<Requests>,
    name: String,
    /// Offset of the next byte, and the end offset (exclusive).
    next: u64,
    end: u64,
    /// `None` after an interruption.
    response: Option<Response>,
    resumptions: u32,
}

/// Opens an object for reading. `part` is the offset and the number of bytes.
pub async fn open(
    requests: Arc<Requests>,
    name: String,
    part: Option<(u64, u64)>,
) -> Result<OpenedBlob, StorageFailure> {
    let range = part.map(|(first, count)| (first, first + count));
    let response = get(&requests, &name, range).await?;
    let size = match range {
        Some(_) => total(response.header(header::CONTENT_RANGE)),
        None => response.header(header::CONTENT_LENGTH).and_then(number),
    };
    let size = size.ok_or(StorageFailure::Unreadable)?;
    let (next, end) = range.unwrap_or((0, size));
    let download = Download {
        requests,
        name,
        next,
        end,
        response: Some(response),
        resumptions: 0,
    };
    let chunks = stream::try_unfold(download, |mut download| async move {
        let chunk = download.chunk().await?;
        Ok(chunk.map(|chunk| (chunk, download)))
    });
    let chunks = Box::pin(chunks);
    Ok(OpenedBlob { size, chunks })
}

impl Download {
    async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        while self.next < self.end {
            let failure = match self.read().await {
                Ok(chunk) => {
                    self.resumptions = 0;
                    self.next += chunk.len() as u64;
                    return Ok(Some(chunk));
                }
                Err(failure) => failure,
            };
            self.response = None;
            if self.resumptions == MAX_RESUMPTIONS || matches!(failure, StorageFailure::Missing) {
                return Err(io::Error::other(
                    failure.report("a download was interrupted"),
                ));
            }
            self.resumptions += 1;
        }
        Ok(None)
    }

    async fn read(&mut self) -> Result<Bytes, StorageFailure> {
        let response = match &mut self.response {
            Some(response) => response,
            None => {
                let rest = get(&self.requests, &self.name, Some((self.next, self.end))).await?;
                self.response.insert(rest)
            }
        };
        let chunk = timeout(IDLE, response.chunk()).await;
        let chunk = chunk.map_err(|_| StorageFailure::TimedOut)??;
        let chunk = chunk.filter(|chunk| chunk.len() as u64 <= self.end - self.next);
        chunk.ok_or(StorageFailure::Unreadable)
    }
}

/// Requests an object. `range` is the start and the end offset (exclusive).
async fn get(
    requests: &Requests,
    name: &str,
    range: Option<(u64, u64)>,
) -> Result<Response, StorageFailure> {
    let mut action = requests.bucket.get_object(requests.keys(), name);
    if let Some((first, end)) = range {
        let last = end.saturating_sub(1);
        action
            .headers_mut()
            .insert("range", format!("bytes={first}-{last}"));
    }
    requests.send(action, &Payload::Empty).await
}

/// Parses the size of the whole object from `Content-Range`, such as `bytes 0-9/100`.
fn total(header: Option<&str>) -> Option<u64> {
    header?.rsplit('/').next().and_then(number)
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}
