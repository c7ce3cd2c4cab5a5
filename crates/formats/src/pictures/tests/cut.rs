//! Tests with pictures that were cut short: what is left is shown as far as possible, and never has metadata.

use super::{
    super::{super::MediaType, Refusal, strip},
    samples::{
        FORMATS, MARKER, analyse, animated_gif, animated_webp, busy, contains, encode, exif,
        extended_webp, insert, noise, oriented, png_chunk, quarters, riff_chunk, segment,
    },
};

/// A picture with the marker in front of its pixels.
fn with_marker(media_type: MediaType) -> Vec<u8> {
    let (picture, data) = (busy(100, 80), [b"Comment\0", MARKER].concat());
    let bytes = encode(&picture, media_type);
    match media_type {
        MediaType::Gif => {
            let block = [b"\x21\xFE", &[MARKER.len() as u8][..], MARKER, b"\0"].concat();
            let table = 3 << ((bytes[10] & 7) + 1);
            let at = if bytes[10] & 0x80 == 0 {
                13
            } else {
                13 + table
            };
            insert(&bytes, at, &block)
        }
        MediaType::Webp => {
            let before = riff_chunk(b"EXIF", &exif(1));
            extended_webp(&bytes, (100, 80), 0x08, [before, Vec::new()])
        }
        MediaType::Png => {
            let file = oriented(&picture, media_type, 6);
            insert(&file, 33, &png_chunk(b"tEXt", &data))
        }
        _ => insert(&bytes, 2, &segment(0xFE, &data)),
    }
}

#[test]
fn a_picture_that_is_cut_anywhere_loses_its_metadata() {
    for media_type in FORMATS {
        let file = with_marker(media_type);
        let end = file.windows(MARKER.len()).position(|part| part == MARKER);
        let end = end.unwrap() + MARKER.len();
        for length in end..file.len() {
            let stripped = strip(&file[..length], media_type).unwrap();
            let bytes = stripped.pieces.to_vec();
            assert!(!contains(&bytes, MARKER), "{media_type:?} {length}");
        }
    }
}

#[test]
fn a_cut_png_is_shown_as_far_as_it_goes() {
    let file = encode(&noise(60, 60), MediaType::Png);
    let whole = analyse(&file, MediaType::Png).unwrap();
    let cut = analyse(&file[..file.len() / 2], MediaType::Png).unwrap();
    assert_eq!((cut.width, cut.height), (60, 60));
    assert_eq!(
        cut.placeholder[..24],
        whole.placeholder[..24],
        "the top row"
    );
    assert_ne!(cut.placeholder[48..], whole.placeholder[48..]);
    assert!(!cut.original.ends_with(b"IEND\xAE\x42\x60\x82"));
}

#[test]
fn a_cut_gif_is_shown_as_far_as_it_goes_and_ends_properly() {
    let picture = noise(60, 60);
    let gif = encode(&picture, MediaType::Gif);
    for missing in [1, 2, gif.len() / 4] {
        let cut = analyse(&gif[..gif.len() - missing], MediaType::Gif).unwrap();
        assert!(cut.original.ends_with(&[0, 0x3B]), "{missing}");
        assert_eq!((cut.width, cut.height), (60, 60));
    }
    let frame = picture.to_rgba8();
    let frames = animated_gif(&[frame.clone(), frame.clone(), frame]);
    let cut = analyse(&frames[..frames.len() - 100], MediaType::Gif).unwrap();
    assert!(cut.is_animated, "two frames are complete");
}

#[test]
fn a_cut_webp_keeps_its_complete_frames() {
    let simple = encode(&noise(60, 60), MediaType::Webp);
    let file = animated_webp(&simple, (60, 60), 3);
    let cut = analyse(&file[..file.len() - 100], MediaType::Webp).unwrap();
    assert_eq!(cut.original, animated_webp(&simple, (60, 60), 2));
    let still = strip(&simple[..simple.len() - 100], MediaType::Webp).unwrap();
    assert_eq!(
        still.pieces.len(),
        simple.len() - 100,
        "what is left is kept"
    );
}

#[test]
fn a_file_that_is_cut_before_its_pixels_is_no_picture() {
    for media_type in FORMATS {
        let file = with_marker(media_type);
        let end = file.windows(MARKER.len()).position(|part| part == MARKER);
        let cut = &file[..end.unwrap() + MARKER.len()];
        let found = analyse(cut, media_type).err();
        assert_eq!(found, Some(Refusal::Broken), "{media_type:?}");
    }
    let jpeg = encode(&quarters(9, 7), MediaType::Jpeg);
    assert_eq!(
        analyse(&jpeg[..2], MediaType::Jpeg).err(),
        Some(Refusal::Broken)
    );
}
