//! Metadata removal without decoding. Each format is parsed segment by segment, and only the parts needed to display
//! the picture are copied.
//!
//! For any input, the result is a file for a decoder or a [`Refusal`], in time linear in the length.
//!
//! A file that was cut short ends where its last complete or usable part does. The metadata before is removed all the
//! same, even if what is left can't be shown.

use image::metadata::Orientation;

use super::{super::MediaType, Refusal, cost::Cost, pieces::Pieces};

mod gif;
mod jpeg;
mod png;
mod webp;

/// Picture without metadata, and its properties according to the header.
pub struct Stripped<'a> {
    /// The stripped file.
    pub pieces: Pieces<'a>,
    /// Stored width in pixels.
    pub(super) width: u32,
    /// Stored height in pixels.
    pub(super) height: u32,
    /// Longest side of the picture or any of its frames in pixels.
    pub(super) longest_side: u32,
    /// Orientation needed to display the stored pixels upright. The stripped file declares it too.
    pub(super) orientation: Orientation,
    /// Whether the picture has more than one frame.
    pub(super) is_animated: bool,
    /// Whether there are any pixels.
    pub(super) has_pixels: bool,
    /// Whether pixels may be missing: the file ends before its end marker, or the format doesn't tell.
    pub(super) may_lack_pixels: bool,
    /// Estimated memory and time needed to decode the picture.
    pub(super) cost: Cost,
}

/// Strips the metadata of a picture.
///
/// # Errors
/// `NotPicture` for an unsupported type, `Broken` if the file doesn't begin like a picture or is malformed.
pub fn strip(bytes: &[u8], media_type: MediaType) -> Result<Stripped<'_>, Refusal> {
    let stripped = match media_type {
        MediaType::Jpeg => jpeg::strip(bytes),
        MediaType::Png => png::strip(bytes),
        MediaType::Gif => gif::strip(bytes),
        MediaType::Webp => webp::strip(bytes),
        _ => Err(Refusal::NotPicture),
    }?;
    stripped.pieces.check()?;
    Ok(stripped)
}

/// Strips the metadata of a picture that is only used as a whole: decoding it fails if pixels are missing, unless it is
/// a JPEG.
pub(super) fn strip_whole(bytes: &[u8], media_type: MediaType) -> Result<Stripped<'_>, Refusal> {
    let mut stripped = strip(bytes, media_type)?;
    stripped.may_lack_pixels = false;
    Ok(stripped)
}
