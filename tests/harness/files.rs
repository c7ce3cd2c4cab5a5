//! Contents of data folders.

use std::path::Path;

/// Whether any file directly in a folder contains these bytes.
pub fn folder_contains(folder: &Path, bytes: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let mut paths = entries.map(|entry| entry.expect("an entry").path());
    paths.any(|path| {
        path.is_file() && {
            let file = std::fs::read(path).expect("the file can be read");
            file.windows(bytes.len()).any(|window| window == bytes)
        }
    })
}
