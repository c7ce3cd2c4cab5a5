//! A zip archive that is sent while it is written, so that it is never whole in memory or on disk.

use std::{
    io::{self, Write},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::Body;
use tokio::sync::mpsc;
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use crate::error::{Error, Result};

/// Bytes that are sent at once.
const CHUNK: usize = 64 << 10;
/// Chunks that wait for the client.
const WAITING: usize = 4;

/// Archive under construction. Writing waits while the client is slow, so it happens on a blocking thread.
/// One that is dropped before its end is cut off, so that it does not look complete.
pub struct Archive {
    /// `None` after the end.
    zip: Option<Zip>,
    is_cut_off: Arc<AtomicBool>,
}

type Zip = ZipWriter<StreamWriter<Sender>>;

/// Writer that passes chunks to the response.
struct Sender {
    chunks: mpsc::Sender<io::Result<Bytes>>,
    buffer: Vec<u8>,
    is_cut_off: Arc<AtomicBool>,
}

/// Contents of a file.
type Contents = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

impl Archive {
    /// An empty archive, and the body of the response that it becomes.
    pub fn streamed() -> (Archive, Body) {
        let (chunks, received) = mpsc::channel(WAITING);
        let is_cut_off = Arc::new(AtomicBool::new(false));
        let sender = Sender {
            chunks,
            buffer: Vec::with_capacity(CHUNK),
            is_cut_off: is_cut_off.clone(),
        };
        let next = |mut received: mpsc::Receiver<io::Result<Bytes>>| async {
            let chunk = received.recv().await?;
            Some((chunk, received))
        };
        let body = Body::from_bytes_stream(stream::unfold(received, next));
        let zip = Some(ZipWriter::new_stream(sender));
        (Archive { zip, is_cut_off }, body)
    }

    /// Begins a compressed file.
    pub async fn begin(self, name: &str) -> Result<Archive> {
        let name = name.to_owned();
        self.on_thread(move |zip| Ok(zip.start_file(name, options(CompressionMethod::Deflated))?))
            .await
    }

    /// Appends to the file that was begun.
    pub async fn append(self, text: String) -> Result<Archive> {
        self.on_thread(move |zip| zip.write_all(text.as_bytes()))
            .await
    }

    /// Adds a file as it is.
    pub async fn add_stream(self, name: String, mut contents: Contents) -> Result<Archive> {
        let begin =
            move |zip: &mut Zip| Ok(zip.start_file(name, options(CompressionMethod::Stored))?);
        let mut archive = self.on_thread(begin).await?;
        while let Some(chunk) = contents.next().await {
            let chunk = chunk.map_err(failed)?;
            archive = archive.on_thread(move |zip| zip.write_all(&chunk)).await?;
        }
        Ok(archive)
    }

    /// Ends the archive with its list of files.
    pub async fn finish(mut self) -> Result<()> {
        let finish = move || {
            let Some(zip) = self.zip.take() else {
                return Ok(());
            };
            zip.finish()?.into_inner().send()
        };
        blocking(finish).await
    }

    async fn on_thread(
        mut self,
        write: impl FnOnce(&mut Zip) -> io::Result<()> + Send + 'static,
    ) -> Result<Archive> {
        let write = move || {
            if let Some(zip) = &mut self.zip {
                write(zip)?;
            }
            Ok(self)
        };
        blocking(write).await
    }
}

impl Drop for Archive {
    /// Keeps the writer from ending the archive when it is dropped.
    fn drop(&mut self) {
        if self.zip.is_some() {
            self.is_cut_off.store(true, Ordering::Release);
        }
    }
}

impl Sender {
    fn send(&mut self) -> io::Result<()> {
        if self.is_cut_off.load(Ordering::Acquire) {
            return Ok(());
        }
        if self.buffer.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK));
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.chunks.blocking_send(Ok(full.into())).map_err(gone)
    }
}

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_cut_off.load(Ordering::Acquire) {
            return Ok(bytes.len()); // the end that the writer adds when it is dropped
        }
        let count = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..count]);
        if self.buffer.len() == CHUNK {
            self.send()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // small chunks would cost more than the delay
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if self.is_cut_off.load(Ordering::Acquire) {
            let cut_off = Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            let _ = self.chunks.try_send(cut_off); // without room, the missing end shows it
        }
    }
}

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(method)
        .large_file(true)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let panicked = |error| Error::Internal(format!("an export: {error}"));
    done.map_err(panicked)?.map_err(failed)
}

fn failed(error: io::Error) -> Error {
    Error::Internal(format!("an export could not be written: {error}"))
}
