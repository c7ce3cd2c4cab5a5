//! Received data of unfinished uploads, in the `incoming` folder.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::db::permissions;

/// Folder of received data. Cheap to clone.
#[derive(Clone)]
pub struct Incoming {
    /// Parent folder, which also contains the blobs.
    folder: Arc<PathBuf>,
    /// Prefix of the temporary files of this process.
    prefix: Arc<str>,
}

impl Incoming {
    /// Uses the subfolder `incoming` of `folder`, which is created when first needed.
    pub fn new(folder: PathBuf) -> Incoming {
        Incoming {
            folder: Arc::new(folder),
            prefix: uuid::Uuid::new_v4().simple().to_string().into(),
        }
    }

    /// Creates the empty file for an upload.
    pub fn create(&self, token: &str) -> io::Result<()> {
        self.prepare()?;
        permissions::open_file(&self.path(token)).map(drop)
    }

    /// Creates the folder if it doesn't exist.
    pub fn prepare(&self) -> io::Result<()> {
        let folder = self.path("");
        if !folder.exists() {
            permissions::create_folder(&folder)?;
            sync_parent(&folder)?;
            sync_parent(&self.folder)?;
        }
        Ok(())
    }

    /// Returns the path of an upload's received data.
    pub fn path(&self, token: &str) -> PathBuf {
        self.folder.join("incoming").join(token)
    }

    /// Returns the path for a new temporary file. If a crash leaves it behind, the next start removes it.
    pub fn temporary(&self) -> PathBuf {
        self.path(&format!(
            "{}-{}",
            self.prefix,
            uuid::Uuid::new_v4().simple()
        ))
    }

    /// Returns the tokens of all uploads with received data, and the names of temporary files of earlier processes.
    pub fn tokens(&self) -> io::Result<Vec<String>> {
        let mut tokens = Vec::new();
        for file in entries(&self.folder.join("incoming"))? {
            let name = file.file_name().into_string().ok();
            tokens.extend(name.filter(|name| !name.starts_with(&*self.prefix)));
        }
        Ok(tokens)
    }

    /// Returns the free disk space in bytes, or `None` if the file system doesn't report it.
    pub fn free_space(&self) -> Option<u64> {
        let existing = self.folder.ancestors().find(|folder| folder.exists())?;
        crate::db::free_space(existing)
    }
}

/// File that is removed when this value is dropped.
#[derive(Debug)]
pub struct RemovedOnDrop(PathBuf);

impl RemovedOnDrop {
    /// Guards a file, which need not exist yet.
    pub fn new(path: PathBuf) -> RemovedOnDrop {
        RemovedOnDrop(path)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Leaves the file in place.
    pub fn keep(mut self) {
        self.0 = PathBuf::new();
    }
}

impl Drop for RemovedOnDrop {
    fn drop(&mut self) {
        if self.0.as_os_str().is_empty() {
            return;
        }
        if let Err(error) = remove_if_there(&self.0) {
            tracing::warn!(%error, "a temporary file could not be removed");
        }
    }
}

/// Removes a file if it exists.
pub fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Lists a folder. A missing folder counts as empty.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Syncs the parent folder of a file, so that its directory entry is durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
