//! Removal of metadata without decoding: each format is read segment by segment, and only what is needed to show the
//! picture is copied.
//!
//! Every input ends in bytes that a decoder may read, or in a [`Refusal`], after a time in proportion to its length.

use image::metadata::Orientation;

use super::{super::media_type::MediaType, Refusal, cost::Cost, pieces::Pieces};

mod gif;
mod jpeg;
mod png;
mod webp;

/// A picture without metadata, and its properties according to the header.
pub struct Stripped<'a> {
    /// The file without metadata.
    pub pieces: Pieces<'a>,
    /// Width in pixels, as stored.
    pub(super) width: u32,
    /// Height in pixels, as stored.
    pub(super) height: u32,
    /// Longest side of the picture and of its frames in pixels.
    pub(super) longest_side: u32,
    /// Change that turns the stored pixels upright. The stripped bytes declare it too.
    pub(super) orientation: Orientation,
    /// Whether it has more than one frame.
    pub(super) is_animated: bool,
    /// Memory and time to decode it.
    pub(super) cost: Cost,
}

/// Removes the metadata of a picture.
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
