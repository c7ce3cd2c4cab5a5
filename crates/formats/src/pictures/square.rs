//! Square pictures for profiles and rooms.

use image::{DynamicImage, RgbaImage, imageops, metadata::Orientation};

use super::{Refusal, copies::encode, decode::DecodedFrame, reduce::reduce};

/// Returns the central square in each of `sides` (in pixels, largest first).
pub(super) fn cut(
    frame: DecodedFrame,
    orientation: Orientation,
    sides: &[u32],
) -> Result<Vec<Vec<u8>>, Refusal> {
    let DecodedFrame { pixels, profile } = frame;
    let largest = sides.first().copied().unwrap_or(1);
    let mut square = DynamicImage::from(central_square(&DynamicImage::from(pixels), largest));
    square.apply_orientation(orientation);
    let copy = |side: &u32| {
        let side = square.width().min(*side);
        encode(&reduce(&square, side, side), profile.as_deref()).map_err(|_| Refusal::Broken)
    };
    sides.iter().map(copy).collect()
}

/// Returns the central square, at most `most` pixels wide. Scales before cropping, which needs less memory than a
/// full-size copy of the square.
fn central_square(pixels: &DynamicImage, most: u32) -> RgbaImage {
    let shortest = pixels.width().min(pixels.height()).max(1);
    let side = shortest.min(most);
    let scaled = |length: u32| {
        let length = u64::from(length) * u64::from(side) / u64::from(shortest);
        u32::try_from(length).unwrap_or(side).max(side)
    };
    let (width, height) = (scaled(pixels.width()), scaled(pixels.height()));
    let mut reduced = reduce(pixels, width, height);
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    imageops::crop(&mut reduced, left, top, side, side).to_image()
}
