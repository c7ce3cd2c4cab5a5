//! Template data for attachments.

use super::{
    markup,
    media_html::{ShownPoster, ShownVoice, clock},
    text::Html,
};
use crate::{
    byte_size,
    files::{Attachment, Picture, TextPreview},
};

/// Number of lines shown while a text preview is collapsed. Must match the style sheet.
const FEW_LINES: usize = 6;
/// Maximum side length in pixels of a picture in the message list.
const MAX_SIDE: u32 = 360;
/// Characters per color of a placeholder.
const COLOR: usize = 6;

/// Template data of an attachment.
pub struct ShownFile {
    pub token: String,
    pub name: String,
    /// Size as text.
    pub size: String,
    pub url: String,
    /// Set if browsers can display the file as a picture.
    pub picture: Option<ShownPicture>,
    pub is_video: bool,
    pub is_audio: bool,
    /// Duration of audio or video, such as “2:05”; empty if unknown.
    pub duration: String,
    /// Set for a video with a poster.
    pub poster: Option<ShownPoster>,
    /// Set for a voice message.
    pub voice: Option<ShownVoice>,
    /// File extension in capitals, at most four characters; may be empty.
    pub ending: String,
    /// URL at which a text file or PDF can be read.
    pub open_url: Option<String>,
    /// First lines of a text file.
    pub preview: Option<ShownText>,
}

/// Template data of a text preview.
pub struct ShownText {
    pub lines: Html,
    /// Whether the preview is long enough to be collapsed at first.
    pub is_long: bool,
    /// Whether the file continues after the preview.
    pub is_cut: bool,
}

impl ShownText {
    /// Creates the data from a preview. The file name determines the syntax highlighting.
    pub fn of(name: &str, text: &TextPreview) -> ShownText {
        ShownText {
            lines: markup::code_of_file(name, &text.text),
            is_long: text.text.split('\n').count() > FEW_LINES,
            is_cut: text.is_cut,
        }
    }
}

/// Template data of a picture.
pub struct ShownPicture {
    pub small_url: String,
    pub large_url: String,
    /// URL of a still copy of an animated picture, for users who prefer reduced motion.
    pub still_url: Option<String>,
    pub alt: String,
    /// Size in the message list in pixels.
    pub width: u32,
    pub height: u32,
    /// Original size in pixels.
    pub full_width: u32,
    pub full_height: u32,
    pub is_animated: bool,
    /// Colors of the placeholder's cells, row by row, each with six hexadecimal digits.
    pub colors: Vec<String>,
}

impl ShownFile {
    /// Creates the template data of an attachment.
    pub fn of(file: &Attachment) -> ShownFile {
        ShownFile {
            token: file.token.clone(),
            name: file.name.clone(),
            size: byte_size::in_words(file.size.unsigned_abs()),
            url: file.url(),
            picture: file
                .picture
                .as_ref()
                .map(|picture| ShownPicture::of(file, picture)),
            is_video: file.is_video(),
            is_audio: file.is_audio(),
            duration: file.duration().map(clock).unwrap_or_default(),
            poster: ShownPoster::of(file),
            voice: ShownVoice::of(file),
            ending: ending(&file.name),
            open_url: match &file.preview {
                Some(_) => Some(format!("{}/text", file.url())),
                None => file.is_pdf().then(|| file.url()),
            },
            preview: file
                .preview
                .as_ref()
                .map(|text| ShownText::of(&file.name, text)),
        }
    }
}

impl ShownPicture {
    fn of(file: &Attachment, picture: &Picture) -> ShownPicture {
        let (width, height) = fitted(picture.width, picture.height);
        // Copies of an animated picture are still, so use the original.
        let moving = |copy: String| match picture.is_animated {
            true => file.url(),
            false => copy,
        };
        ShownPicture {
            small_url: moving(file.small_url()),
            large_url: moving(file.large_url()),
            still_url: picture.is_animated.then(|| file.small_url()),
            alt: file.alt.clone(),
            width,
            height,
            full_width: picture.width,
            full_height: picture.height,
            is_animated: picture.is_animated,
            colors: colors(&picture.placeholder),
        }
    }

    /// Returns the alt text, or the file name if there is none.
    pub fn description<'a>(&'a self, name: &'a str) -> &'a str {
        match self.alt.as_str() {
            "" => name,
            alt => alt,
        }
    }
}

/// Returns the size of a picture in the message list, scaled down if necessary.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    if longest <= MAX_SIDE {
        return (width, height);
    }
    let reduced = |side: u32| (u64::from(side) * u64::from(MAX_SIDE)).div_ceil(longest.into());
    (reduced(width) as u32, reduced(height) as u32)
}

fn colors(placeholder: &str) -> Vec<String> {
    let colors = placeholder.as_bytes().chunks_exact(COLOR);
    let color = |color| String::from_utf8_lossy(color).into_owned();
    colors.map(color).collect()
}

/// Returns the extension of a file name in capitals, or an empty text if it doesn't look like one.
fn ending(name: &str) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let is_ending = |ending: &&str| {
        (1..=4).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    ending
        .filter(is_ending)
        .map(str::to_ascii_uppercase)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_proportions() {
        assert_eq!(fitted(100, 50), (100, 50));
        assert_eq!(fitted(4000, 3000), (360, 270));
        assert_eq!(fitted(50_000, 1), (360, 1));
    }

    #[test]
    fn a_card_shows_the_ending_of_a_name() {
        for (name, shown) in [
            ("plan.pdf", "PDF"),
            ("a.tar.gz", "GZ"),
            ("README", ""),
            ("notes.markdown", ""),
            ("x.<b>", ""),
        ] {
            assert_eq!(ending(name), shown, "{name}");
        }
    }
}
