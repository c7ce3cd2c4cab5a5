//! Limits that keep the memory and time of an analysis bounded.

use super::super::media_type::MediaType;
use super::{Refusal, strip::Stripped};

/// Maximum number of pixels of a still picture.
pub(super) const MAX_PIXELS: u64 = 50_000_000;
/// Maximum number of pixels of a frame of an animation or a GIF: decoders keep up to three copies of it.
pub(super) const MAX_ANIMATED_PIXELS: u64 = 12_500_000;
/// Maximum number of pixels if the decoder keeps a second copy: progressive JPEG, and lossless WebP.
pub(super) const MAX_BUFFERED_PIXELS: u64 = 30_000_000;
/// Maximum width and height in pixels.
pub(super) const MAX_SIDE: u32 = 20_000;
/// Maximum size in bytes of the decoded pixels: four for each of [`MAX_PIXELS`].
pub(super) const MAX_DECODED: u64 = 200_000_000;
/// Memory in bytes that a decoder may take in addition to the decoded pixels, as far as it counts it.
pub(super) const MAX_WORKING: u64 = 64 * 1024 * 1024;
/// Maximum size in bytes of a color profile. A larger one is removed from the original.
pub(super) const MAX_PROFILE: usize = 1024 * 1024;

/// Checks the dimensions that the header declares.
pub(super) fn check(stripped: &Stripped, media_type: MediaType) -> Result<(), Refusal> {
    let max_pixels = match stripped.is_animated || media_type == MediaType::Gif {
        true => MAX_ANIMATED_PIXELS,
        false => MAX_PIXELS,
    };
    check_size(stripped.width, stripped.height, max_pixels)
}

/// Checks the dimensions of a picture or a frame.
pub(super) fn check_size(width: u32, height: u32, max_pixels: u64) -> Result<(), Refusal> {
    if width == 0 || height == 0 {
        return Err(Refusal::Broken);
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > max_pixels {
        return Err(Refusal::TooManyPixels);
    }
    Ok(())
}
