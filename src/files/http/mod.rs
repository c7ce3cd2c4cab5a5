//! Handlers of files: uploads by the tus protocol, and downloads.

pub mod download;
mod range;
pub mod tus;
