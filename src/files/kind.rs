//! Kinds of files, used as filters in lists and searches.

/// Kind of a file, derived from its media type. The values match the generated column `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Image = 1,
    Video = 2,
    Audio = 3,
    /// Any other file.
    Document = 4,
}

impl FileKind {
    /// All kinds, in display order.
    pub const ALL: [FileKind; 4] = [
        FileKind::Image,
        FileKind::Video,
        FileKind::Audio,
        FileKind::Document,
    ];

    /// Returns the kind of a media type.
    pub fn of(media_type: &str) -> FileKind {
        match media_type.split('/').next() {
            Some("image") => FileKind::Image,
            Some("video") => FileKind::Video,
            Some("audio") => FileKind::Audio,
            _ => FileKind::Document,
        }
    }

    /// Returns the name used in URLs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Image => "image",
            FileKind::Video => "video",
            FileKind::Audio => "audio",
            FileKind::Document => "document",
        }
    }

    /// Parses a name returned by [`FileKind::name`].
    pub fn from_name(name: &str) -> Option<FileKind> {
        FileKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
