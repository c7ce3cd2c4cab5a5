//! Orientation of a picture in its EXIF data, and EXIF data that holds nothing else.

use image::metadata::Orientation;

/// Orientation in EXIF data, which begins with the TIFF header. The default is upright.
pub(super) fn orientation(tiff: &[u8]) -> Orientation {
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// EXIF data with the orientation as its only tag (TIFF 6.0, section 2: header, then a directory of one entry).
pub(super) fn with_only(orientation: Orientation) -> [u8; 26] {
    let mut tiff = *b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = orientation.to_exif();
    tiff
}

/// Whether width and height of the display are those of the stored pixels in reverse.
pub(super) fn swaps_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(
        orientation,
        Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH
    )
}
