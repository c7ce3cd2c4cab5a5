//! Analysis of pictures: checks them, removes their metadata, and makes reduced copies.
//!
//! All functions are pure: no files, no threads. The metadata is removed first, and only the stripped bytes are
//! decoded, so that a decoder never reads text or comments. The limits are checked in the header before anything is
//! decoded.

use std::fmt;

use super::media_type::MediaType;

mod copies;
mod decode;
mod exif;
mod limits;
mod placeholder;
mod reader;
mod reduce;
mod strip;

/// A picture that was checked and reduced.
#[derive(Debug)]
pub struct AnalysedPicture {
    /// Width as displayed, in pixels, after the EXIF orientation.
    pub width: u32,
    /// Height as displayed, in pixels, after the EXIF orientation.
    pub height: u32,
    /// Whether it is an animation. The original moves, the copies do not.
    pub is_animated: bool,
    /// The uploaded bytes without metadata. The pixels, the color profile and the orientation are unchanged.
    pub original: Vec<u8>,
    /// Colors of a grid of 4 × 3 cells, row by row, each as six hexadecimal digits (72 characters).
    pub placeholder: String,
    /// Copy whose longest side is at most 720 px, as JPEG if it is opaque, otherwise as PNG: the first frame, upright. `None` if the original serves as
    /// well: it is not larger, or has fewer bytes than the copy.
    pub small: Option<Vec<u8>>,
    /// Copy whose longest side is at most 1,600 px. `None` if the original serves as well, or if the small copy
    /// already has all pixels.
    pub large: Option<Vec<u8>>,
}

/// Reason why a file is not shown as a picture. It can still be sent as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Type of file that is not a picture.
    NotPicture,
    /// More than 50 million pixels, or a side longer than 20,000 px.
    TooManyPixels,
    /// Decoding may take too much memory.
    TooMuchMemory,
    /// Damaged, or of a kind that is not supported.
    Broken,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Refusal::NotPicture => "This file isn’t a picture.",
            Refusal::TooManyPixels => "This picture has too many pixels to show.",
            Refusal::TooMuchMemory => "This picture needs too much memory to show.",
            Refusal::Broken => "This picture is damaged or of an unknown kind.",
        })
    }
}

impl std::error::Error for Refusal {}

/// Checks a picture of a detected type, removes its metadata, and makes reduced copies. Takes up to some seconds and
/// some hundred megabytes: callers limit how many run at once.
pub fn analyse(bytes: &[u8], media_type: MediaType) -> Result<AnalysedPicture, Refusal> {
    let stripped = strip::strip(bytes, media_type)?;
    limits::check(&stripped, media_type)?;
    let frame = decode::first_frame(&stripped, media_type)?;
    let copies = copies::make(frame, &stripped)?;
    let (width, height) = match exif::swaps_sides(stripped.orientation) {
        true => (stripped.height, stripped.width),
        false => (stripped.width, stripped.height),
    };
    Ok(AnalysedPicture {
        width,
        height,
        is_animated: stripped.is_animated,
        original: stripped.bytes,
        placeholder: copies.placeholder,
        small: copies.small,
        large: copies.large,
    })
}

#[cfg(test)]
mod tests;
