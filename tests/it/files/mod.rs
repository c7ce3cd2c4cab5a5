//! Files: uploads, posts with files, downloads, rights, removal.

mod downloads;
mod posting;
mod removal;
mod uploads;
