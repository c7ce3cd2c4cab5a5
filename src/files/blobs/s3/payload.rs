//! Replayable request bodies.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::PathBuf,
    time::Duration,
};

use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use sha2::{Digest, Sha256};

use super::super::{blocking, folder};
use crate::error::Result;

/// Minimum transfer rate of a body in bytes per second.
const MIN_RATE: u64 = 128 << 10;

/// Body of a request.
#[derive(Clone, Debug)]
pub enum Payload {
    Empty,
    Bytes(Bytes),
    /// Part of a file: path, offset and number of bytes.
    File(PathBuf, u64, u64),
}

impl Payload {
    /// Creates a payload from a whole file.
    pub async fn file(path: PathBuf) -> Result<Payload> {
        let measured = path.clone();
        let size = blocking(move || Ok(std::fs::metadata(measured)?.len())).await?;
        Ok(Payload::File(path, 0, size))
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Payload::Empty => 0,
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::File(_, _, count) => *count,
        }
    }

    /// Returns the maximum duration of the transfer.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.size() / MIN_RATE)
    }

    /// Returns `count` bytes starting at offset `first`.
    pub fn part(&self, first: u64, count: u64) -> Payload {
        match self {
            Payload::Empty => Payload::Empty,
            Payload::Bytes(bytes) => {
                let first = first as usize;
                Payload::Bytes(bytes.slice(first..first + count as usize))
            }
            Payload::File(path, start, _) => Payload::File(path.clone(), start + first, count),
        }
    }

    /// Computes the SHA-256 of the payload.
    pub async fn sum(&self) -> Result<Vec<u8>> {
        let payload = self.clone();
        let sum = move || match payload {
            Payload::Empty => Ok(Sha256::digest([]).to_vec()),
            Payload::Bytes(bytes) => Ok(Sha256::digest(&bytes).to_vec()),
            Payload::File(path, first, count) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(first))?;
                let mut sum = Sha256::new();
                io::copy(&mut file.take(count), &mut sum)?;
                Ok(sum.finalize().to_vec())
            }
        };
        blocking(sum).await
    }

    /// Creates the body for one attempt.
    pub async fn body(&self) -> Result<UnsyncBoxBody<Bytes, io::Error>> {
        let bytes = match self {
            Payload::Empty => Bytes::new(),
            Payload::Bytes(bytes) => bytes.clone(),
            Payload::File(path, first, count) => {
                let opened = folder::open(path.clone(), Some((*first, *count))).await?;
                let frames = opened.chunks.map_ok(Frame::data);
                return Ok(StreamBody::new(frames).boxed_unsync());
            }
        };
        let body = Full::new(bytes).map_err(|never| match never {});
        Ok(body.boxed_unsync())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_of_bytes_and_files_have_the_same_sums_and_bodies() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let path = home.path().join("a");
        std::fs::write(&path, b"0123456789").expect("a file");
        let file = Payload::file(path).await.expect("it exists");
        let bytes = Payload::Bytes(Bytes::from_static(b"0123456789"));
        assert_eq!((file.size(), bytes.size()), (10, 10));
        for payload in [file.part(2, 7).part(1, 3), bytes.part(2, 7).part(1, 3)] {
            let sum = payload.sum().await.expect("it can be read");
            assert_eq!(sum, Sha256::digest(b"345").to_vec());
            let body = payload.body().await.expect("it can be read");
            let sent = body.collect().await.expect("it can be read").to_bytes();
            assert_eq!(sent, "345");
        }
    }
}
