//! Received parts of unfinished uploads, in the folder `incoming` of the data folder.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::db::permissions;

/// The folder of received parts. Cheap to clone.
#[derive(Clone)]
pub struct Incoming {
    /// Folder of all files.
    folder: Arc<PathBuf>,
    /// Start of the names of temporary files of this process.
    run: Arc<str>,
}

impl Incoming {
    /// Received parts in a subfolder of `folder`, which is created with the first one.
    pub fn new(folder: PathBuf) -> Incoming {
        Incoming {
            folder: Arc::new(folder),
            run: uuid::Uuid::new_v4().simple().to_string().into(),
        }
    }

    /// Creates the empty file for the received part of an upload.
    pub fn create(&self, token: &str) -> io::Result<()> {
        self.prepare()?;
        permissions::open_file(&self.path(token)).map(drop)
    }

    /// Creates the folder, unless it is there.
    pub fn prepare(&self) -> io::Result<()> {
        let folder = self.path("");
        if !folder.exists() {
            permissions::create_folder(&folder)?;
            sync_parent(&folder)?;
            sync_parent(&self.folder)?;
        }
        Ok(())
    }

    /// Path of the received part of an upload.
    pub fn path(&self, token: &str) -> PathBuf {
        self.folder.join("incoming").join(token)
    }

    /// Path of a new temporary file, which is removed at the next start if a kill leaves it.
    pub fn temporary(&self) -> PathBuf {
        self.path(&format!("{}-{}", self.run, uuid::Uuid::new_v4().simple()))
    }

    /// Tokens of all received parts, and the names of temporary files of former processes.
    pub fn tokens(&self) -> io::Result<Vec<String>> {
        let mut tokens = Vec::new();
        for file in entries(&self.folder.join("incoming"))? {
            let name = file.file_name().into_string().ok();
            tokens.extend(name.filter(|name| !name.starts_with(&*self.run)));
        }
        Ok(tokens)
    }

    /// Free space of the disk (bytes). `None` if the file system does not tell.
    pub fn free_space(&self) -> Option<u64> {
        let existing = self.folder.ancestors().find(|folder| folder.exists())?;
        crate::db::free_space(existing)
    }
}

/// Removes a file, if it exists.
pub fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Entries of a folder. One that does not exist is empty.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Waits until the entry of a file in its folder is on disk.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
