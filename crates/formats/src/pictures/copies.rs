//! Reduced copies of a picture: upright, without metadata, and with the color profile.

use image::{
    DynamicImage, ExtendedColorType, ImageEncoder, ImageError, RgbaImage,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
    metadata::Orientation,
};

use super::{
    Refusal,
    decode::DecodedFrame,
    placeholder,
    reduce::{LARGE_SIDE, fitted, reduce},
    strip::Stripped,
};

/// Longest side of the small copy in pixels.
const SMALL_SIDE: u32 = 720;
/// Size in bytes above which a picture gets a small copy even if it has few pixels.
const SMALL_BYTES: usize = 256 * 1024;
/// Size in bytes above which a picture gets a large copy even if it has few pixels.
const LARGE_BYTES: usize = 1024 * 1024;
/// Number of pixels up to which the original is used if the copy has more bytes.
const MAX_SHOWN_PIXELS: u64 = 4_000_000;
/// Quality of JPEG, from 1 to 100.
const QUALITY: u8 = 82;

/// Reduced copies of one picture.
pub(super) struct Copies {
    pub(super) placeholder: String,
    pub(super) small: Option<Vec<u8>>,
    pub(super) large: Option<Vec<u8>>,
}

/// Creates the copies that are needed, and the placeholder.
pub(super) fn create(frame: DecodedFrame, stripped: &Stripped) -> Result<Copies, Refusal> {
    let DecodedFrame { pixels, profile } = frame;
    let mut large_pixels = DynamicImage::from(pixels);
    large_pixels.apply_orientation(stripped.orientation);
    let (width, height) = fitted((large_pixels.width(), large_pixels.height()), SMALL_SIDE);
    let small_pixels = reduce(&large_pixels, width, height);

    let longest = stripped.width.max(stripped.height);
    let is_shown = stripped.orientation == Orientation::NoTransforms
        && !stripped.is_animated
        && u64::from(stripped.width) * u64::from(stripped.height) <= MAX_SHOWN_PIXELS;
    let copy = |pixels: &RgbaImage, side: u32, max_bytes: usize| {
        if is_shown && longest <= side && stripped.pieces.len() <= max_bytes {
            return Ok(None);
        }
        let copy = encode(pixels, profile.as_deref()).map_err(|_| Refusal::Broken)?;
        let is_better = !is_shown || copy.len() < stripped.pieces.len();
        Ok(is_better.then_some(copy))
    };
    let small = copy(&small_pixels, SMALL_SIDE, SMALL_BYTES)?;
    let large = match longest > SMALL_SIDE {
        true => copy(&large_pixels.into_rgba8(), LARGE_SIDE, LARGE_BYTES)?,
        false => None,
    };
    Ok(Copies {
        placeholder: placeholder::colors(small_pixels),
        small,
        large,
    })
}

/// Re-encodes a picture upright, at most 720 px on each side. Returns its width, height and bytes.
pub(super) fn encode_small(
    frame: DecodedFrame,
    orientation: Orientation,
) -> Result<(u32, u32, Vec<u8>), Refusal> {
    let pixels = upright(frame.pixels, orientation, SMALL_SIDE);
    let bytes = encode(&pixels, frame.profile.as_deref()).map_err(|_| Refusal::Broken)?;
    Ok((pixels.width(), pixels.height(), bytes))
}

/// Rotates pixels upright and reduces them to at most `side` pixels on each side.
pub(super) fn upright(pixels: RgbaImage, orientation: Orientation, side: u32) -> RgbaImage {
    let mut pixels = DynamicImage::from(pixels);
    pixels.apply_orientation(orientation);
    let (width, height) = fitted((pixels.width(), pixels.height()), side);
    reduce(&pixels, width, height)
}

pub(super) fn encode(pixels: &RgbaImage, profile: Option<&[u8]>) -> Result<Vec<u8>, ImageError> {
    let (width, height) = pixels.dimensions();
    let is_opaque = pixels.pixels().all(|pixel| pixel.0[3] == 255);
    let mut bytes = Vec::new();
    if is_opaque {
        let opaque = pixels.pixels().flat_map(|pixel| {
            let [red, green, blue, _] = pixel.0;
            [red, green, blue]
        });
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        set_profile(&mut encoder, profile);
        let opaque: Vec<u8> = opaque.collect();
        encoder.write_image(&opaque, width, height, ExtendedColorType::Rgb8)?;
    } else {
        let (compression, filter) = (CompressionType::Fast, FilterType::Adaptive);
        let mut encoder = PngEncoder::new_with_quality(&mut bytes, compression, filter);
        set_profile(&mut encoder, profile);
        encoder.write_image(pixels, width, height, ExtendedColorType::Rgba8)?;
    }
    Ok(bytes)
}

fn set_profile(encoder: &mut impl ImageEncoder, profile: Option<&[u8]>) {
    if let Some(profile) = profile {
        // Both encoders support profiles, so this can't fail.
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
}
