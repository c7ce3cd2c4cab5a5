//! Kinds of files, by which lists and searches filter them.

/// Kind of a file by its media type. The numbers are those of the column `kind`, which the database computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Image = 1,
    Video = 2,
    Audio = 3,
    /// Everything else.
    Document = 4,
}

impl FileKind {
    /// All kinds, in the order of lists.
    pub const ALL: [FileKind; 4] = [
        FileKind::Image,
        FileKind::Video,
        FileKind::Audio,
        FileKind::Document,
    ];

    /// Kind of a media type.
    pub fn of(media_type: &str) -> FileKind {
        match media_type.split('/').next() {
            Some("image") => FileKind::Image,
            Some("video") => FileKind::Video,
            Some("audio") => FileKind::Audio,
            _ => FileKind::Document,
        }
    }

    /// Name in URLs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Image => "image",
            FileKind::Video => "video",
            FileKind::Audio => "audio",
            FileKind::Document => "document",
        }
    }

    /// Kind with a name.
    pub fn from_name(name: &str) -> Option<FileKind> {
        FileKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
