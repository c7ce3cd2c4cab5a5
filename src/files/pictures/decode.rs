//! Decoding of the first frame of a stripped picture, within limits.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{
    DynamicImage, ImageDecoder, ImageError, Limits,
    codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder},
};

use super::{
    super::media_type::MediaType,
    Refusal,
    limits::{MAX_DECODED, MAX_SIDE, MAX_WORKING},
    strip::Stripped,
};

/// Maximum size in bytes of a color profile in a reduced copy. A larger one is left out.
const MAX_COPIED_PROFILE: usize = 16 * 1024;

/// Decoded pixels, as stored: not yet turned upright.
pub(super) struct DecodedFrame {
    pub(super) pixels: DynamicImage,
    /// ICC color profile for RGB.
    pub(super) profile: Option<Vec<u8>>,
}

/// Decodes the first frame. A decoder that panics has met a broken picture.
pub(super) fn first_frame(
    stripped: &Stripped,
    media_type: MediaType,
) -> Result<DecodedFrame, Refusal> {
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(stripped, media_type)));
    decoded.unwrap_or(Err(Refusal::Broken))
}

fn decode(stripped: &Stripped, media_type: MediaType) -> Result<DecodedFrame, Refusal> {
    let bytes = Cursor::new(stripped.bytes.as_slice());
    match media_type {
        MediaType::Jpeg => read(JpegDecoder::new(bytes).map_err(refusal)?, stripped),
        MediaType::Png => {
            let decoder = PngDecoder::with_limits(bytes, limits()).map_err(refusal)?;
            read(decoder, stripped)
        }
        MediaType::Gif => read(GifDecoder::new(bytes).map_err(refusal)?, stripped),
        MediaType::Webp => read(WebPDecoder::new(bytes).map_err(refusal)?, stripped),
        _ => Err(Refusal::NotPicture),
    }
}

fn read(mut decoder: impl ImageDecoder, stripped: &Stripped) -> Result<DecodedFrame, Refusal> {
    decoder.set_limits(limits()).map_err(refusal)?;
    if decoder.dimensions() != (stripped.width, stripped.height) {
        return Err(Refusal::Broken);
    }
    if decoder.total_bytes() > MAX_DECODED {
        return Err(Refusal::TooManyPixels);
    }
    let has_color = decoder.color_type().has_color();
    let profile = decoder.icc_profile().ok().flatten();
    let profile = profile.filter(|profile| has_color && is_copied(profile));
    let pixels = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    Ok(DecodedFrame { pixels, profile })
}

/// Whether the reduced copies, which are RGB, get this profile. The color space is at offset 16 (ICC.1, section 7.2).
fn is_copied(profile: &[u8]) -> bool {
    profile.len() <= MAX_COPIED_PROFILE && profile.get(16..20) == Some(b"RGB ")
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_WORKING);
    limits
}

fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => Refusal::TooMuchMemory,
        _ => Refusal::Broken,
    }
}
