//! File permissions: only the user that runs the server may read what it stores.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Creates a folder, and the folders above it, unless they exist. Only its owner may use a new one (mode 0700).
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file for writing, and creates it if it is missing. Only its owner may use a new one (mode 0600). SQLite
/// gives the files beside a database the same mode.
pub fn open_file(path: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// Logs a warning if other users of the machine may read a folder.
pub fn warn_if_open(folder: &Path) {
    let mode = fs::metadata(folder).map_or(0, |folder| folder.permissions().mode());
    if mode & 0o077 != 0 {
        let folder = folder.display();
        let mode = mode & 0o777;
        tracing::warn!(
            "other users can access the data folder {folder} (mode {mode:04o}); run: chmod -R go= {folder}"
        );
    }
}
