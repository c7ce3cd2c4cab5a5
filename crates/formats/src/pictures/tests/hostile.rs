//! Tests with hostile input, which must not cause panics or use much memory or time.

use image::{ImageEncoder, RgbaImage, codecs::png::PngEncoder};

use super::{
    super::super::MediaType,
    samples::{
        FORMATS, analyse, animated_gif, animated_webp, encode, extended_header, insert, oriented,
        png_chunk, png_header, quarters, riff_chunk, segment, webp,
    },
    *,
};

/// Returns small files of each format with all kinds of segments.
fn samples() -> Vec<(Vec<u8>, MediaType)> {
    let picture = quarters(9, 7);
    let frame = picture.to_rgba8();
    let mut files: Vec<_> = FORMATS
        .map(|format| (encode(&picture, format), format))
        .into();
    for format in [MediaType::Jpeg, MediaType::Png, MediaType::Webp] {
        files.push((oriented(&picture, format, 6), format));
    }
    let simple = encode(&picture, MediaType::Webp);
    files.push((animated_webp(&simple, (9, 7), 2), MediaType::Webp));
    files.push((animated_gif(&[frame.clone(), frame]), MediaType::Gif));
    let control = png_chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    let animated = insert(&encode(&picture, MediaType::Png), 33, &control);
    files.push((animated, MediaType::Png));
    files
}

fn refusal(bytes: &[u8], media_type: MediaType) -> Option<Refusal> {
    analyse(bytes, media_type).err()
}

#[test]
fn every_prefix_is_accepted_or_refused() {
    for (file, media_type) in samples() {
        for length in 0..file.len() {
            let _ = analyse(&file[..length], media_type);
        }
        assert_eq!(refusal(&file, media_type), None);
        assert_eq!(refusal(&file[..20], media_type), Some(Refusal::Broken));
        assert_eq!(refusal(&[], media_type), Some(Refusal::Broken));
    }
}

#[test]
fn every_wrong_byte_is_accepted_or_refused() {
    for (mut file, media_type) in samples() {
        for at in 0..file.len() {
            let right = file[at];
            for wrong in [0xFF, right ^ 1] {
                file[at] = wrong;
                if let Ok(picture) = analyse(&file, media_type) {
                    // The stripped bytes must again be a picture of this type.
                    assert!(analyse(&picture.original, media_type).is_ok());
                }
            }
            file[at] = right;
        }
    }
}

#[test]
fn a_file_of_another_type_is_refused() {
    for (file, media_type) in samples() {
        for other in FORMATS.into_iter().filter(|other| *other != media_type) {
            assert_eq!(refusal(&file, other), Some(Refusal::Broken));
        }
        assert_eq!(refusal(&file, MediaType::Pdf), Some(Refusal::NotPicture));
    }
}

#[test]
fn a_cut_jpeg_is_accepted_as_far_as_it_goes_and_ends_properly() {
    let file = encode(&quarters(100, 100), MediaType::Jpeg);
    let picture = analyse(&file[..file.len() - 40], MediaType::Jpeg).unwrap();
    assert!(picture.original.ends_with(&[0xFF, 0xD9]));
    assert_eq!((picture.width, picture.height), (100, 100));
    let header = file
        .windows(2)
        .position(|pair| pair == [0xFF, 0xDA])
        .unwrap();
    assert_eq!(
        refusal(&file[..header], MediaType::Jpeg),
        Some(Refusal::Broken)
    );
}

#[test]
fn huge_dimensions_are_refused_in_the_header() {
    let png = |width, height| {
        let pixels = png_chunk(b"IDAT", &[0; 20]);
        let end = png_chunk(b"IEND", &[]);
        let start = b"\x89PNG\r\n\x1A\n".to_vec();
        [start, png_header(width, height), pixels, end].concat()
    };
    for (width, height) in [
        (50_000, 50_000),
        (20_001, 1),
        (10_000, 5_001),
        (u32::MAX, u32::MAX),
    ] {
        let found = refusal(&png(width, height), MediaType::Png);
        assert_eq!(found, Some(Refusal::TooManyPixels), "{width} × {height}");
    }
    assert_eq!(refusal(&png(0, 5), MediaType::Png), Some(Refusal::Broken));

    let mut gif = encode(&quarters(9, 7), MediaType::Gif);
    gif[6..10].fill(0xFF);
    assert_eq!(refusal(&gif, MediaType::Gif), Some(Refusal::TooManyPixels));
    let mut gif = encode(&quarters(9, 7), MediaType::Gif);
    let frame = gif.iter().rposition(|&byte| byte == b',').unwrap();
    let at = gif[..=frame]
        .windows(5)
        .rposition(|part| part == b",\0\0\0\0")
        .unwrap_or(frame);
    gif[at + 5..at + 9].fill(0xFF);
    assert_eq!(refusal(&gif, MediaType::Gif), Some(Refusal::TooManyPixels));

    let mut jpeg = encode(&quarters(9, 7), MediaType::Jpeg);
    let at = jpeg
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    jpeg[at + 5..at + 9].fill(0xFF);
    assert_eq!(
        refusal(&jpeg, MediaType::Jpeg),
        Some(Refusal::TooManyPixels)
    );

    let simple = encode(&quarters(9, 7), MediaType::Webp);
    let header = extended_header((1 << 24, 1 << 24), 0);
    let file = webp(&[header, simple[12..].to_vec()]);
    assert_eq!(
        refusal(&file, MediaType::Webp),
        Some(Refusal::TooManyPixels)
    );
}

#[test]
fn an_animation_may_have_fewer_pixels_than_a_still() {
    let frame = RgbaImage::new(5000, 2600);
    let gif = encode(&frame.into(), MediaType::Gif);
    assert_eq!(refusal(&gif, MediaType::Gif), Some(Refusal::TooManyPixels));
}

#[test]
fn an_interlaced_png_counts_as_memory_and_is_shown_as_it_is() {
    let mut header = 6000_u32.to_be_bytes().repeat(2);
    header.extend([16, 6, 0, 0, 1]);
    let file = [
        b"\x89PNG\r\n\x1A\n".to_vec(),
        png_chunk(b"IHDR", &header),
        png_chunk(b"IDAT", &[0x78, 0x01]),
        png_chunk(b"IEND", &[]),
    ];
    let picture = analyse(&file.concat(), MediaType::Png).unwrap();
    assert!(picture.small.is_none() && picture.large.is_none());
    let large = [file.concat(), vec![0; 5 << 20]].concat();
    let mut padded = file.to_vec();
    padded.insert(2, png_chunk(b"IDAT", &large));
    let found = refusal(&padded.concat(), MediaType::Png);
    assert_eq!(found, Some(Refusal::TooMuchMemory));
}

#[test]
fn a_color_profile_that_expands_too_far_is_bounded() {
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    encoder.set_icc_profile(vec![0; 100_000_000]).unwrap();
    encoder
        .write_image(&[1, 2, 3], 1, 1, image::ExtendedColorType::Rgb8)
        .unwrap();
    assert!(file.len() < 1024 * 1024);
    let picture = analyse(&file, MediaType::Png).unwrap();
    assert_eq!((picture.width, picture.height), (1, 1));
}

#[test]
fn pixels_beyond_the_dimensions_of_a_png_do_not_take_long() {
    let file = encode(&RgbaImage::new(12_000, 4000).into(), MediaType::Png);
    let mut header = 1_u32.to_be_bytes().repeat(2);
    header.extend([8, 6, 0, 0, 0]);
    let file = [&file[..8], &png_chunk(b"IHDR", &header), &file[33..]].concat();
    let picture = analyse(&file, MediaType::Png).unwrap();
    assert_eq!((picture.width, picture.height), (1, 1));
}

#[test]
fn a_jpeg_with_many_scans_is_refused() {
    let file = encode(&quarters(64, 64), MediaType::Jpeg);
    let at = file
        .windows(2)
        .position(|pair| pair == [0xFF, 0xDA])
        .unwrap();
    let scan = &file[at..file.len() - 2];
    let many = insert(&file, at, &scan.repeat(100));
    assert_eq!(refusal(&many, MediaType::Jpeg), Some(Refusal::Broken));
}

#[test]
fn a_large_lossless_webp_is_shown_without_being_decoded_or_refused() {
    for (length, is_shown) in [(2_000_000, true), (5_000_000, false)] {
        let mut pixels = vec![0x2F, 63, 0, 0, 0];
        pixels.resize(length, 0);
        let file = webp(&[riff_chunk(b"VP8L", &pixels)]);
        match analyse(&file, MediaType::Webp) {
            Ok(picture) => assert!(is_shown && picture.small.is_none()),
            Err(refusal) => assert_eq!((refusal, is_shown), (Refusal::TooMuchMemory, false)),
        }
    }
}

#[test]
fn segments_of_every_marker_are_read_to_their_end() {
    let file = encode(&quarters(9, 7), MediaType::Jpeg);
    for marker in 0x02..=0xFE {
        for data in [
            &b""[..],
            b"\0",
            b"Exif\0\0",
            b"JFIF\0",
            b"Adobe",
            b"ICC_PROFILE\0",
        ] {
            let _ = analyse(&insert(&file, 2, &segment(marker, data)), MediaType::Jpeg);
            let _ = analyse(&insert(&file, 2, &[0xFF, marker, 0, 0]), MediaType::Jpeg);
        }
    }
}

#[test]
fn a_large_progressive_jpeg_is_shown_without_being_decoded() {
    let mut file = encode(&quarters(64, 64), MediaType::Jpeg);
    let at = file
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    file[at + 5..at + 9].copy_from_slice(&[0x17, 0x70, 0x17, 0x70]);
    let decoded = analyse(&file, MediaType::Jpeg).unwrap();
    assert!(decoded.small.is_some(), "a cut baseline picture is decoded");
    file[at + 1] = 0xC2;
    let shown = analyse(&file, MediaType::Jpeg).unwrap();
    assert_eq!(shown.placeholder, "808080".repeat(12));
    assert!(shown.small.is_none() && shown.large.is_none());
    file[at + 1] = 0xC3;
    assert_eq!(refusal(&file, MediaType::Jpeg), Some(Refusal::Broken));
}
