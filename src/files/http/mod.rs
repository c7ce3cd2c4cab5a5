//! HTTP handlers for uploads (tus), downloads, a user's own files, and storage usage.

pub mod download;
pub mod my_files;
pub mod poster;
mod range;
pub mod storage;
pub mod tus;
