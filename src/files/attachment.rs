//! Files of messages: their data, and the URLs of the file and of its copies.

use super::{FileKind, Media, Poster, TextPreview, Waveform, media_type::MediaType, name};

/// Reduced copy of a picture whose longest side is 720 px.
pub const SMALL: i32 = 1;
/// Reduced copy of a picture whose longest side is 1,600 px.
pub const LARGE: i32 = 2;
/// Poster of a video. It has a hash of its own.
pub const POSTER: i32 = 4;
/// Name of the still copy of a small animation in the folder.
pub const STILL: &str = "still";

/// A file of a message, or a finished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Random name in its URL.
    pub token: String,
    /// As the sender called it.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Media type by content, as in `Content-Type`.
    pub media_type: String,
    pub(super) hash: String,
    /// `None` if it is no picture that browsers show.
    pub picture: Option<Picture>,
    /// Description of a picture; empty without one.
    pub alt: String,
    /// As the sender gave them, also for a file that is neither a sound nor a video.
    pub(super) media: Media,
    pub(super) poster: Option<Poster>,
    /// First lines of a text.
    pub preview: Option<TextPreview>,
}

/// A picture that browsers show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Size as it is displayed (px).
    pub width: u32,
    pub height: u32,
    /// Colours of a grid of 4 × 3 cells, six hexadecimal digits each.
    pub placeholder: String,
    pub is_animated: bool,
    /// Reduced copies: the sum of [`SMALL`] and [`LARGE`].
    pub(super) copies: i32,
}

impl Attachment {
    /// URL of the file itself.
    pub fn url(&self) -> String {
        format!("/files/{}/{}", self.token, name::in_path(&self.name))
    }

    /// URL of a picture about 720 px large.
    pub fn small_url(&self) -> String {
        self.copy_url(SMALL)
    }

    /// URL of a picture about 1,600 px large.
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

    /// Whether browsers play it as a video.
    pub fn is_video(&self) -> bool {
        self.known_type().is_some_and(MediaType::is_video)
    }

    /// Whether browsers play it as a sound.
    pub fn is_audio(&self) -> bool {
        self.known_type().is_some_and(MediaType::is_audio)
    }

    /// Duration of a sound or a video (ms).
    pub fn duration(&self) -> Option<i32> {
        let has_duration = self.is_audio() || self.is_video();
        self.media.duration.filter(|_| has_duration)
    }

    /// Whether it is a sound that its sender recorded as a voice message.
    pub fn is_voice(&self) -> bool {
        self.media.is_voice && self.is_audio()
    }

    /// Loudness of a voice message over time.
    pub fn waveform(&self) -> Option<&Waveform> {
        self.media.waveform.as_ref().filter(|_| self.is_voice())
    }

    /// Picture of a video that is shown before it plays.
    pub fn poster(&self) -> Option<&Poster> {
        self.poster.as_ref().filter(|_| self.is_video())
    }

    /// URL of the poster of a video.
    pub fn poster_url(&self) -> Option<String> {
        let url = || format!("{}?copy={}", self.url(), copy_name(POSTER));
        self.poster().map(|_| url())
    }

    /// Kind in lists of files.
    pub fn kind(&self) -> FileKind {
        FileKind::of(&self.media_type)
    }

    /// Whether browsers show it in a viewer of their own, in a tab.
    pub fn is_pdf(&self) -> bool {
        self.known_type() == Some(MediaType::Pdf)
    }

    /// Media type that this server knows; `None` for a row of another version.
    pub(super) fn known_type(&self) -> Option<MediaType> {
        MediaType::from_name(&self.media_type)
    }
}

/// Name of a reduced copy in URLs and in the folder.
pub fn copy_name(copy: i32) -> &'static str {
    match copy {
        SMALL => "small",
        LARGE => "large",
        _ => "poster",
    }
}
