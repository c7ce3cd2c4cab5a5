//! Contents of files in the data folder, each under the SHA-256 of its bytes. Equal contents are stored once.
//!
//! Invariant: a blob is complete and on disk before its name exists. Parts of uploads are in the folder `incoming`.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    db::permissions,
    error::{Error, Result},
};

/// Name of a stored content: the hash of a file, or a reduced copy of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobKey(String);

impl BlobKey {
    /// The content with a hash (64 hexadecimal digits).
    pub fn of(hash: &str) -> BlobKey {
        BlobKey(hash.to_owned())
    }

    /// A reduced copy of the picture with a hash.
    pub fn copy(hash: &str, copy: &str) -> BlobKey {
        BlobKey(format!("{hash}-{copy}"))
    }

    /// Whether it is a reduced copy.
    pub fn is_copy(&self) -> bool {
        self.0.contains('-')
    }

    /// Name, which differs for different contents.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Hash of the file that it belongs to.
    pub fn hash(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

/// The folder with all contents. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    folder: Arc<PathBuf>,
}

impl Blobs {
    /// Contents in a folder, which is created with the first one.
    pub fn new(folder: PathBuf) -> Blobs {
        Blobs {
            folder: Arc::new(folder),
        }
    }

    /// Creates the empty file for the received part of an upload.
    pub fn create_incoming(&self, token: &str) -> io::Result<()> {
        let path = self.incoming(token);
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            permissions::create_folder(folder)?;
            sync_parent(folder)?;
            sync_parent(&self.folder)?;
        }
        permissions::open_file(&path).map(drop)
    }

    /// Path of the received part of an upload.
    pub fn incoming(&self, token: &str) -> PathBuf {
        self.folder.join("incoming").join(token)
    }

    /// Path of a content.
    pub fn path(&self, key: &BlobKey) -> PathBuf {
        let start = key.0.get(..2).unwrap_or("__");
        self.folder.join(start).join(&key.0)
    }

    /// Stores a received file under its hash. The received file stays, so that a failure of the caller can be repeated.
    /// Blocks until it is on disk.
    pub fn store_file(&self, received: &Path, key: &BlobKey) -> io::Result<()> {
        File::open(received)?.sync_all()?;
        let path = self.prepare(key)?;
        match fs::hard_link(received, &path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // A file system without links.
            Err(_) => self.place(&path, |temporary| {
                fs::copy(received, temporary)?;
                File::open(temporary)?.sync_all()
            })?,
        }
        sync_parent(&path)
    }

    /// Stores bytes under a key. Blocks until they are on disk.
    pub fn store_bytes(&self, bytes: &[u8], key: &BlobKey) -> io::Result<()> {
        let path = self.prepare(key)?;
        if !path.exists() {
            self.place(&path, |temporary| write_synced(temporary, bytes))?;
        }
        // Another upload may have stored the same content a moment ago.
        sync_parent(&path)
    }

    /// Writes a temporary file and gives it its name.
    fn place(&self, path: &Path, write: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
        let temporary = self.incoming(&uuid::Uuid::new_v4().simple().to_string());
        let placed = write(&temporary).and_then(|()| fs::rename(&temporary, path));
        if placed.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        placed
    }

    /// Removes a content, if it exists.
    pub fn remove(&self, key: &BlobKey) -> io::Result<()> {
        match fs::remove_file(self.path(key)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Keys of all contents.
    pub fn keys(&self) -> io::Result<Vec<BlobKey>> {
        let mut keys = Vec::new();
        for folder in entries(&self.folder)? {
            if folder.file_name() == "incoming" || !folder.file_type()?.is_dir() {
                continue;
            }
            for file in entries(&folder.path())? {
                let name = file.file_name();
                keys.extend(name.to_str().map(|name| BlobKey(name.to_owned())));
            }
        }
        Ok(keys)
    }

    /// Tokens of all received parts.
    pub fn incoming_tokens(&self) -> io::Result<Vec<String>> {
        let mut tokens = Vec::new();
        for file in entries(&self.folder.join("incoming"))? {
            tokens.extend(file.file_name().to_str().map(str::to_owned));
        }
        Ok(tokens)
    }

    /// Free space of the disk (bytes). `None` if the file system does not tell.
    pub fn free_space(&self) -> Option<u64> {
        let existing = self.folder.ancestors().find(|folder| folder.exists())?;
        crate::db::free_space(existing)
    }

    /// Creates the folder of a content, and returns the path of the content.
    fn prepare(&self, key: &BlobKey) -> io::Result<PathBuf> {
        let path = self.path(key);
        if let Some(parent) = path.parent() {
            permissions::create_folder(parent)?;
            sync_parent(parent)?;
        }
        Ok(path)
    }
}

/// Entries of a folder. One that does not exist is empty.
fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = permissions::open_file(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the entry of a file in its folder is on disk.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// The error for a client when the disk does not take or give a content.
pub fn disk_error(what: &str, error: &io::Error) -> Error {
    tracing::error!(%error, "{what}");
    Error::Disk
}

/// Runs blocking work with files on a thread for it.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| Error::Internal(format!("work with a file: {error}")))?;
    done.map_err(|error| disk_error("a file could not be stored or read", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_contents_are_stored_once_and_removed_by_their_key() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let blobs = Blobs::new(home.path().join("files"));
        blobs.create_incoming("t1").expect("an empty folder");
        let (received, key) = (blobs.incoming("t1"), BlobKey::of(&"ab".repeat(32)));
        fs::write(&received, b"content").expect("a file");
        for _ in 0..2 {
            blobs.store_file(&received, &key).expect("it is stored");
        }
        fs::remove_file(&received).expect("the received file is still there");
        let copy = BlobKey::copy(key.hash(), "small");
        blobs.store_bytes(b"less", &copy).expect("it is stored");
        assert_eq!(fs::read(blobs.path(&key)).expect("a blob"), b"content");
        assert_eq!(blobs.incoming_tokens().expect("a folder"), [""; 0]);
        let mut keys = blobs.keys().expect("a folder");
        keys.sort_by_key(|key| key.0.len());
        assert_eq!(keys, [key.clone(), copy.clone()]);
        assert_eq!(copy.hash(), key.hash());
        for key in [&key, &key, &copy] {
            blobs.remove(key).expect("also when it is gone");
        }
        assert_eq!(blobs.keys().expect("a folder"), []);
    }
}
