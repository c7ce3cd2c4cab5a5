//! Attachments: the data of a file and the URLs of the file and its copies.

use chatterbox_formats::MediaType;

use super::{FileKind, Media, Poster, TextPreview, Waveform, name};

/// Flag of the reduced copy whose longest side is 720 px.
pub const SMALL: i32 = 1;
/// Flag of the reduced copy whose longest side is 1,600 px.
pub const LARGE: i32 = 2;
/// Flag of a video's poster, which is stored under a hash of its own.
pub const POSTER: i32 = 4;
/// Storage name of the still copy of a small animated picture.
pub const STILL: &str = "still";

/// File attached to a message, or a finished upload that has not been posted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Random identifier used in the file's URL.
    pub token: String,
    /// File name given by the sender, sanitized.
    pub name: String,
    /// Size of the file in bytes.
    pub size: i64,
    /// Media type detected from the content, as sent in `Content-Type`.
    pub media_type: String,
    pub(super) hash: String,
    /// Dimensions and copies, or `None` if browsers can't display the file as a picture.
    pub picture: Option<Picture>,
    /// Alt text of a picture; empty if there is none.
    pub alt: String,
    /// Duration and waveform as reported by the sender. May be set for a file that is neither audio nor video.
    pub(super) media: Media,
    pub(super) poster: Option<Poster>,
    /// First lines of a text file.
    pub preview: Option<TextPreview>,
}

/// Picture that browsers can display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Displayed size in pixels, after the EXIF orientation is applied.
    pub width: u32,
    pub height: u32,
    /// Colors of a 4 × 3 grid, six hexadecimal digits each.
    pub placeholder: String,
    pub is_animated: bool,
    /// Available reduced copies: a bit set of [`SMALL`] and [`LARGE`].
    pub(super) copies: i32,
}

impl Attachment {
    /// Returns the URL of the original file.
    pub fn url(&self) -> String {
        format!("/files/{}/{}", self.token, name::in_path(&self.name))
    }

    /// Returns the URL of the 720 px copy, or of the original if there is no such copy.
    pub fn small_url(&self) -> String {
        self.copy_url(SMALL)
    }

    /// Returns the URL of the 1,600 px copy, or of the original if there is no such copy.
    pub fn large_url(&self) -> String {
        self.copy_url(LARGE)
    }

    fn copy_url(&self, copy: i32) -> String {
        match &self.picture {
            Some(picture) if picture.copies & copy != 0 => {
                format!("{}?copy={}", self.url(), copy_name(copy))
            }
            _ => self.url(),
        }
    }

    /// Returns whether browsers can play the file as video.
    pub fn is_video(&self) -> bool {
        self.known_type().is_some_and(MediaType::is_video)
    }

    /// Returns whether browsers can play the file as audio.
    pub fn is_audio(&self) -> bool {
        self.known_type().is_some_and(MediaType::is_audio)
    }

    /// Returns the duration of an audio or video file in milliseconds.
    pub fn duration(&self) -> Option<i32> {
        let has_duration = self.is_audio() || self.is_video();
        self.media.duration.filter(|_| has_duration)
    }

    /// Returns whether the file is audio that was recorded as a voice message.
    pub fn is_voice(&self) -> bool {
        self.media.is_voice && self.is_audio()
    }

    /// Returns the waveform of a voice message.
    pub fn waveform(&self) -> Option<&Waveform> {
        self.media.waveform.as_ref().filter(|_| self.is_voice())
    }

    /// Returns the picture shown before a video plays.
    pub fn poster(&self) -> Option<&Poster> {
        self.poster.as_ref().filter(|_| self.is_video())
    }

    /// Returns the URL of a video's poster.
    pub fn poster_url(&self) -> Option<String> {
        let url = || format!("{}?copy={}", self.url(), copy_name(POSTER));
        self.poster().map(|_| url())
    }

    /// Returns the kind by which lists filter the file.
    pub fn kind(&self) -> FileKind {
        FileKind::of(&self.media_type)
    }

    /// Returns whether the file is a PDF, which browsers open in their own viewer.
    pub fn is_pdf(&self) -> bool {
        self.known_type() == Some(MediaType::Pdf)
    }

    /// Returns the media type, or `None` if a different version of the server stored one that this version doesn't
    /// know.
    pub(super) fn known_type(&self) -> Option<MediaType> {
        MediaType::from_name(&self.media_type)
    }
}

/// Returns the name of a copy, used in URLs and in storage.
pub fn copy_name(copy: i32) -> &'static str {
    match copy {
        SMALL => "small",
        LARGE => "large",
        _ => "poster",
    }
}
