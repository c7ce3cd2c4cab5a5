//! EXIF orientation: reading it, and writing EXIF data that contains nothing else.

use image::metadata::Orientation;

/// Reads the orientation from EXIF data, which starts with the TIFF header. Defaults to upright.
pub(super) fn orientation(tiff: &[u8]) -> Orientation {
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// Returns EXIF data with the orientation as its only tag (TIFF 6.0, section 2: header, then a directory with one
/// entry).
pub(super) fn orientation_only(orientation: Orientation) -> [u8; 26] {
    let mut tiff = *b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = orientation.to_exif();
    tiff
}

/// Returns whether applying the orientation swaps width and height.
pub(super) fn swaps_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(
        orientation,
        Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH
    )
}
