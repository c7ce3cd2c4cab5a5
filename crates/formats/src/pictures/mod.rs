//! Picture analysis: validation, metadata removal, and reduced copies.
//!
//! All functions are pure: no file access, no threads. Metadata is removed before decoding, so that decoders never see
//! text or comments, and limits are checked on the header first.

use std::fmt;

use crate::MediaType;

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

/// Maximum file size in bytes at which a picture that needs too much memory to decode is still shown, without copies.
const MAX_UNREDUCED: usize = 4 << 20;
/// Placeholder color of such a picture: gray.
const UNKNOWN_CELLS: &str = "808080";

/// Picture that has been checked and reduced.
#[derive(Debug)]
pub struct AnalysedPicture {
    /// Displayed width in pixels, after the EXIF orientation is applied.
    pub width: u32,
    /// Displayed height in pixels, after the EXIF orientation is applied.
    pub height: u32,
    /// Whether the picture is animated. The copies are still pictures.
    pub is_animated: bool,
    /// Colors of a 4 × 3 grid, row by row, six hexadecimal digits each (72 characters).
    pub placeholder: String,
    /// First frame, upright, at most 720 px on each side: JPEG if opaque, otherwise PNG. `None` if the original will
    /// do, because it isn't larger or has fewer bytes.
    pub small: Option<Vec<u8>>,
    /// Same as `small`, but at most 1,600 px on each side. `None` if the original will do or the small copy already has
    /// all pixels.
    pub large: Option<Vec<u8>>,
}

/// Reason why a file isn't shown as a picture. It can still be sent as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The file isn't a picture of a supported type.
    NotPicture,
    /// The picture has more than 50 million pixels, or a side longer than 20,000 px.
    TooManyPixels,
    /// Decoding may need too much memory.
    TooMuchMemory,
    /// The picture is damaged or uses unsupported features.
    Broken,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Refusal::NotPicture => "This file isn’t a picture.",
            Refusal::TooManyPixels => "This picture has too many pixels to show.",
            Refusal::TooMuchMemory => "This picture needs too much memory to show.",
            Refusal::Broken => "This picture is damaged or in an unsupported format.",
        })
    }
}

impl std::error::Error for Refusal {}

/// Checks a stripped picture and creates reduced copies. May take a few seconds and tens of megabytes, so callers limit
/// how many run at once.
///
/// A small file that needs too much memory to decode, such as a progressive JPEG with 20 million pixels, gets no
/// copies. Browsers show the original.
pub fn analyse(stripped: &Stripped, media_type: MediaType) -> Result<AnalysedPicture, Refusal> {
    decode::check(stripped, media_type)?;
    let (width, height) = match exif::swaps_sides(stripped.orientation) {
        true => (stripped.height, stripped.width),
        false => (stripped.width, stripped.height),
    };
    let is_unreducible = !stripped.is_animated && stripped.pieces.len() <= MAX_UNREDUCED;
    let copies = match decode::first_frame(stripped, media_type) {
        Ok(frame) => copies::create(frame, stripped)?,
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

/// Cuts out the central square of a picture and scales it to each of `sides` (in pixels, largest first), upright and
/// without metadata. Smaller pictures aren't enlarged. Costs as much as [`analyse`].
pub fn squares(
    bytes: &[u8],
    media_type: MediaType,
    sides: &[u32],
) -> Result<Vec<Vec<u8>>, Refusal> {
    let stripped = strip::strip_whole(bytes, media_type)?;
    decode::check(&stripped, media_type)?;
    let frame = decode::first_frame(&stripped, media_type)?;
    square::cut(frame, stripped.orientation, sides)
}

/// Re-encodes a picture at no more than 720 px on each side, as JPEG if opaque, otherwise as PNG. Returns its width,
/// height and bytes. Costs as much as [`analyse`].
pub fn reduced(bytes: &[u8], media_type: MediaType) -> Result<(u32, u32, Vec<u8>), Refusal> {
    let stripped = strip::strip_whole(bytes, media_type)?;
    decode::check(&stripped, media_type)?;
    let frame = decode::first_frame(&stripped, media_type)?;
    copies::encode_small(frame, stripped.orientation)
}

#[cfg(test)]
mod tests;
