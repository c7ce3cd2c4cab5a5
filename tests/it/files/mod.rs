//! Files: uploads, posts with files, downloads, rights, removal, limits, and the pages about them.

mod alt_texts;
mod bombs;
mod downloads;
mod interrupted;
mod kept_metadata;
mod kills;
mod limits;
mod listing;
mod media;
mod my_files;
mod posting;
mod previews;
mod refused_forms;
mod removal;
mod storage;
mod tus;
mod uploads;
