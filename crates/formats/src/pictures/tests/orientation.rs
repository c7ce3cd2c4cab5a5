//! Tests that copies are upright and originals keep their orientation.

use image::{DynamicImage, ImageDecoder, ImageReader};

use super::{
    super::super::MediaType,
    samples::{CORNERS, MARKER, analyse, contains, exif, oriented, quarters},
};

/// Displayed corners for each orientation from 1 to 8, as indexes of the stored corners: top left, top right, bottom
/// left, bottom right (TIFF 6.0, tag 274).
const DISPLAYED: [[usize; 4]; 8] = [
    [0, 1, 2, 3],
    [1, 0, 3, 2],
    [3, 2, 1, 0],
    [2, 3, 0, 1],
    [0, 2, 1, 3],
    [2, 0, 3, 1],
    [3, 1, 2, 0],
    [1, 3, 0, 2],
];

/// Decodes a picture and applies its orientation, as browsers do.
fn displayed(bytes: &[u8]) -> DynamicImage {
    let reader = ImageReader::new(std::io::Cursor::new(bytes));
    let mut decoder = reader
        .with_guessed_format()
        .unwrap()
        .into_decoder()
        .unwrap();
    let orientation = decoder.orientation().unwrap();
    let mut pixels = DynamicImage::from_decoder(decoder).unwrap();
    pixels.apply_orientation(orientation);
    pixels
}

fn assert_corners(pixels: &DynamicImage, expected: [usize; 4], what: &str) {
    let pixels = pixels.to_rgb8();
    let (right, bottom) = (pixels.width() - 1, pixels.height() - 1);
    let found = [(0, 0), (right, 0), (0, bottom), (right, bottom)];
    for ((x, y), corner) in found.into_iter().zip(expected) {
        let (found, color) = (pixels.get_pixel(x, y).0, CORNERS[corner]);
        let is_near = found.iter().zip(color).all(|(a, b)| a.abs_diff(b) < 30);
        assert!(is_near, "{what}: {found:?} at {x}, {y}, not {color:?}");
    }
}

#[test]
fn every_orientation_is_applied_in_the_copies_and_kept_in_the_original() {
    for media_type in [MediaType::Jpeg, MediaType::Png, MediaType::Webp] {
        for orientation in 1..=8 {
            let what = format!("{media_type:?} with orientation {orientation}");
            let file = oriented(&quarters(90, 60), media_type, orientation);
            let picture = analyse(&file, media_type).expect(&what);
            let size = if orientation < 5 { (90, 60) } else { (60, 90) };
            assert_eq!((picture.width, picture.height), size, "{what}");

            let expected = DISPLAYED[usize::from(orientation) - 1];
            let original = displayed(&picture.original);
            assert_eq!((original.width(), original.height()), size, "{what}");
            assert_corners(&original, expected, &what);
            assert!(!contains(&picture.original, MARKER), "{what}");

            // A small upright picture needs no copy.
            assert_eq!(picture.small.is_some(), orientation != 1, "{what}");
            if let Some(small) = picture.small {
                let pixels = displayed(&small);
                assert_eq!((pixels.width(), pixels.height()), size, "{what}");
                assert_corners(&pixels, expected, &what);
            }
        }
    }
}

#[test]
fn a_small_rotated_picture_gets_an_upright_copy() {
    let file = oriented(&quarters(40, 20), MediaType::Jpeg, 6);
    let picture = analyse(&file, MediaType::Jpeg).unwrap();
    assert_eq!((picture.width, picture.height), (20, 40));
    let small = picture.small.expect("an upright copy");
    assert_corners(&displayed(&small), DISPLAYED[5], "copy");
    assert!(picture.large.is_none());
    assert!(
        picture.placeholder.starts_with("1414e6"),
        "{}",
        picture.placeholder
    );
}

#[test]
fn broken_exif_data_means_upright() {
    let tiff = exif(6);
    for length in 0..tiff.len() {
        let found = super::exif::orientation(&tiff[..length]).to_exif();
        assert_eq!(found, if length < 34 { 1 } else { 6 }, "{length} bytes");
    }
    for value in [0, 9, 255] {
        let found = super::exif::orientation(&exif(value));
        assert_eq!(found.to_exif(), 1);
    }
    for value in 1..=8 {
        let orientation = super::exif::orientation(&exif(value));
        let again = super::exif::orientation(&super::exif::orientation_only(orientation));
        assert_eq!(again.to_exif(), value);
    }
}
