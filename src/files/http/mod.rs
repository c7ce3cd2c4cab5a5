//! Handlers of files: uploads by the tus protocol, downloads, one's own files, and the storage of the server.

pub mod download;
pub mod own;
pub mod poster;
mod range;
pub mod storage;
pub mod tus;
