//! Removal of metadata without decoding: each format is read segment by segment, and only what is needed to show the
//! picture is copied.
//!
//! Every input ends in bytes that a decoder may read, or in a [`Refusal`], after a time in proportion to its length.

use image::metadata::Orientation;

use super::{super::media_type::MediaType, Refusal};

mod gif;
mod jpeg;
mod png;
mod webp;

/// A picture without metadata, and its properties according to the header.
pub(super) struct Stripped {
    pub(super) bytes: Vec<u8>,
    /// Width in pixels, as stored.
    pub(super) width: u32,
    /// Height in pixels, as stored.
    pub(super) height: u32,
    /// Change that turns the stored pixels upright. The stripped bytes declare it too.
    pub(super) orientation: Orientation,
    /// Whether it has more than one frame.
    pub(super) is_animated: bool,
}

/// Removes the metadata of a picture.
pub(super) fn strip(bytes: &[u8], media_type: MediaType) -> Result<Stripped, Refusal> {
    match media_type {
        MediaType::Jpeg => jpeg::strip(bytes),
        MediaType::Png => png::strip(bytes),
        MediaType::Gif => gif::strip(bytes),
        MediaType::Webp => webp::strip(bytes),
        _ => Err(Refusal::NotPicture),
    }
}
