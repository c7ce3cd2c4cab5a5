//! Blob storage in the data folder.

use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::stream;
use tokio::io::AsyncReadExt;

use super::{
    BlobFuture, BlobKey, Blobs, Chunks, Incoming, KeyPage, OpenedBlob, blocking, disk_error,
    incoming::{entries, sync_parent},
};
use crate::{
    db::permissions,
    error::{Error, Result},
};

/// Number of bytes read from disk at once.
const CHUNK: usize = 64 << 10;

/// Folder that contains the blobs. Cheap to clone.
#[derive(Clone)]
pub struct Folder {
    folder: Arc<PathBuf>,
    incoming: Incoming,
}

impl Folder {
    /// Creates a store in a folder. The folder itself is created with the first blob.
    pub fn new(folder: PathBuf, incoming: Incoming) -> Folder {
        Folder {
            folder: Arc::new(folder),
            incoming,
        }
    }

    /// Returns the path of a file next to the blobs.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns the path of a blob, in a subfolder named after the first two digits of its hash.
    fn path(&self, key: &BlobKey) -> PathBuf {
        let start = key.as_str().get(..2).unwrap_or("__");
        self.folder.join(start).join(key.as_str())
    }

    fn link_or_copy(&self, received: &Path, key: &BlobKey) -> io::Result<()> {
        File::open(received)?.sync_all()?;
        let path = self.prepare(key)?;
        match fs::hard_link(received, &path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // The file system doesn't support hard links.
            Err(_) => self.write_atomically(&path, |temporary| {
                fs::copy(received, temporary)?;
                File::open(temporary)?.sync_all()
            })?,
        }
        sync_parent(&path)
    }

    fn write(&self, bytes: &[u8], key: &BlobKey) -> io::Result<()> {
        let path = self.prepare(key)?;
        if !path.exists() {
            self.write_atomically(&path, |temporary| write_synced(temporary, bytes))?;
        }
        // Sync even if the file exists: another upload may have only just created it.
        sync_parent(&path)
    }

    /// Durably writes a file next to the blobs.
    pub fn write_beside(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        permissions::create_folder(&self.incoming.path(""))?;
        let path = self.beside(name);
        self.write_atomically(&path, |temporary| write_synced(temporary, bytes))?;
        sync_parent(&path)?;
        sync_parent(&self.folder)
    }

    /// Writes a file atomically: to a temporary file that is then renamed.
    fn write_atomically(
        &self,
        path: &Path,
        write: impl Fn(&Path) -> io::Result<()>,
    ) -> io::Result<()> {
        self.incoming.prepare()?; // there may have been no upload yet
        let temporary = self.incoming.temporary();
        let written = write(&temporary).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Creates the folder of a blob and returns the path of the blob.
    fn prepare(&self, key: &BlobKey) -> io::Result<PathBuf> {
        let path = self.path(key);
        if let Some(parent) = path.parent() {
            permissions::create_folder(parent)?;
            sync_parent(parent)?;
        }
        Ok(path)
    }

    fn all_keys(&self) -> io::Result<Vec<BlobKey>> {
        let mut keys = Vec::new();
        for folder in entries(&self.folder)? {
            if folder.file_name() == "incoming" || !folder.file_type()?.is_dir() {
                continue;
            }
            for file in entries(&folder.path())? {
                keys.extend(file.file_name().to_str().and_then(BlobKey::parse));
            }
        }
        Ok(keys)
    }
}

impl Blobs for Folder {
    fn store_file(&self, received: PathBuf, key: BlobKey) -> BlobFuture<'_, ()> {
        let folder = self.clone();
        Box::pin(blocking(move || folder.link_or_copy(&received, &key)))
    }

    fn store_bytes(&self, bytes: Bytes, key: BlobKey) -> BlobFuture<'_, ()> {
        let folder = self.clone();
        Box::pin(blocking(move || folder.write(&bytes, &key)))
    }

    fn open(&self, key: BlobKey, part: Option<(u64, u64)>) -> BlobFuture<'_, OpenedBlob> {
        Box::pin(open(self.path(&key), part))
    }

    fn remove(&self, key: BlobKey) -> BlobFuture<'_, ()> {
        let path = self.path(&key);
        Box::pin(blocking(move || super::remove_if_there(&path)))
    }

    /// Does nothing: temporary files are in the `incoming` folder, which is cleaned up separately.
    fn remove_unfinished(&self) -> BlobFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn keys(&self, _from: Option<String>) -> BlobFuture<'_, KeyPage> {
        let folder = self.clone();
        Box::pin(blocking(move || {
            let (keys, next) = (folder.all_keys()?, None);
            Ok(KeyPage { keys, next })
        }))
    }
}

/// Opens a file for reading. `part` is the offset and the number of bytes.
pub(super) async fn open(path: PathBuf, part: Option<(u64, u64)>) -> Result<OpenedBlob> {
    let opened = tokio::task::spawn_blocking(move || {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let (first, count) = part.unwrap_or((0, size));
        file.seek(SeekFrom::Start(first))?;
        Ok((tokio::fs::File::from_std(file), size, count))
    });
    let opened = opened.await;
    let opened = opened.map_err(|error| Error::Internal(format!("a file operation: {error}")))?;
    let (file, size, count) = opened.map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound,
        _ => disk_error("a file could not be read", &error),
    })?;
    let chunks = read(file, count);
    Ok(OpenedBlob { size, chunks })
}

/// Streams the next `count` bytes of a file.
fn read(file: tokio::fs::File, count: u64) -> Chunks {
    let chunks = stream::try_unfold((file, count), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut chunk = vec![0; CHUNK.min(left as usize)];
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        chunk.truncate(read);
        Ok(Some((Bytes::from(chunk), (file, left - read as u64))))
    });
    Box::pin(chunks)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = permissions::open_file(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn equal_contents_are_stored_once_and_removed_by_their_key() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("files");
        let incoming = Incoming::new(folder.clone());
        let blobs = Folder::new(folder, incoming.clone());
        incoming.create("t1").expect("an empty folder");
        let (received, key) = (incoming.path("t1"), BlobKey::of(&"ab".repeat(32)));
        fs::write(&received, b"content").expect("a file");
        for _ in 0..2 {
            let stored = blobs.store_file(received.clone(), key.clone()).await;
            stored.expect("it is stored");
        }
        fs::remove_file(&received).expect("the received file is still there");
        let copy = BlobKey::copy(key.hash(), "small");
        let stored = blobs.store_bytes(Bytes::from_static(b"less"), copy.clone());
        stored.await.expect("it is stored");
        assert_eq!(fs::read(blobs.path(&key)).expect("a blob"), b"content");
        assert_eq!(incoming.tokens().expect("a folder"), [""; 0]);
        let mut keys = blobs.all_keys().expect("a folder");
        keys.sort_by_key(|key| key.as_str().len());
        assert_eq!(keys, [key.clone(), copy.clone()]);
        for key in [&key, &key, &copy] {
            let removed = blobs.remove(key.clone()).await;
            removed.expect("also when it is gone");
        }
        assert_eq!(blobs.all_keys().expect("a folder"), []);
        assert!(matches!(blobs.open(key, None).await, Err(Error::NotFound)));
    }

    #[test]
    fn temporary_files_of_this_process_are_no_uploads() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let before = Incoming::new(home.path().to_owned());
        before.create("t1").expect("a file");
        fs::write(before.temporary(), b"left").expect("a file");
        let incoming = Incoming::new(home.path().to_owned());
        fs::write(incoming.temporary(), b"in use").expect("a file");
        assert_eq!(before.tokens().expect("a folder").len(), 2);
        let tokens = incoming.tokens().expect("a folder");
        assert_eq!(tokens.len(), 2, "t1, and what the other process left");
        assert!(tokens.contains(&"t1".to_owned()));
    }
}
