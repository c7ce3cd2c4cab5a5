//! Analysis of pictures: checks them, removes their metadata, and makes reduced copies.
//!
//! All functions are pure: no files, no threads. The metadata is removed first, and only the stripped bytes are
//! decoded, so that a decoder never reads text or comments. The limits are checked in the header before anything is
//! decoded.

use std::fmt;

use super::media_type::MediaType;

mod copies;
mod cost;
mod decode;
mod exif;
mod limits;
mod pieces;
mod placeholder;
mod poster;
mod reader;
mod reduce;
mod small;
mod square;
mod strip;

pub use poster::poster;
pub use small::{ReducedPicture, reduce_to};
pub use strip::{Stripped, strip};

/// Length in bytes up to which a picture that takes too much memory to decode is shown without reduced copies.
const MAX_UNREDUCED: usize = 4 << 20;
/// Placeholder of such a picture: grey cells.
const UNKNOWN_CELLS: &str = "808080";

/// A picture that was checked and reduced.
#[derive(Debug)]
pub struct AnalysedPicture {
    /// Width as displayed, in pixels, after the EXIF orientation.
    pub width: u32,
    /// Height as displayed, in pixels, after the EXIF orientation.
    pub height: u32,
    /// Whether it is an animation. The original moves, the copies do not.
    pub is_animated: bool,
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

/// Checks a picture of a detected type, whose metadata was removed, and makes reduced copies. Takes up to some seconds
/// and some ten megabytes: callers limit how many run at once.
///
/// A small file that takes too much memory to decode, such as a progressive JPEG of 20 million pixels, has no reduced
/// copies. Browsers can show the original.
pub fn analyse(stripped: &Stripped, media_type: MediaType) -> Result<AnalysedPicture, Refusal> {
    decode::check(stripped, media_type)?;
    let (width, height) = match exif::swaps_sides(stripped.orientation) {
        true => (stripped.height, stripped.width),
        false => (stripped.width, stripped.height),
    };
    let is_unreducible = !stripped.is_animated && stripped.pieces.len() <= MAX_UNREDUCED;
    let copies = match decode::first_frame(stripped, media_type) {
        Ok(frame) => copies::make(frame, stripped)?,
        Err(Refusal::TooMuchMemory) if is_unreducible => copies::Copies {
            placeholder: UNKNOWN_CELLS.repeat(placeholder::CELLS),
            small: None,
            large: None,
        },
        Err(refusal) => return Err(refusal),
    };
    Ok(AnalysedPicture {
        width,
        height,
        is_animated: stripped.is_animated,
        placeholder: copies.placeholder,
        small: copies.small,
        large: copies.large,
    })
}

/// Cuts the central square out of a picture and reduces it to each of these sides (px, the largest first), upright and
/// without metadata. A picture with fewer pixels is not enlarged. As demanding as [`analyse`].
pub fn squares(
    bytes: &[u8],
    media_type: MediaType,
    sides: &[u32],
) -> Result<Vec<Vec<u8>>, Refusal> {
    let stripped = strip::strip(bytes, media_type)?;
    decode::check(&stripped, media_type)?;
    let frame = decode::first_frame(&stripped, media_type)?;
    square::cut(frame, stripped.orientation, sides)
}

/// Reduces a picture of a detected type to at most 720 px, as JPEG if it is opaque, otherwise as PNG, and always makes it
/// again. Returns its width, height and bytes. Costs as much as [`analyse`].
pub fn reduced(bytes: &[u8], media_type: MediaType) -> Result<(u32, u32, Vec<u8>), Refusal> {
    let stripped = strip::strip(bytes, media_type)?;
    decode::check(&stripped, media_type)?;
    let frame = decode::first_frame(&stripped, media_type)?;
    copies::encode_small(frame, stripped.orientation)
}

#[cfg(test)]
mod tests;
