//! Tests for each format: sizes, copies, transparency, animations and color profiles.

use image::{DynamicImage, ImageDecoder, ImageReader, Rgba, RgbaImage};

use super::{
    super::super::MediaType,
    samples::{
        FORMATS, analyse, animated_gif, animated_webp, busy, encode, extended_webp, insert, noise,
        png_chunk, quarters, riff_chunk, segment,
    },
};

fn decode(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

fn profile_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let reader = ImageReader::new(std::io::Cursor::new(bytes));
    let mut decoder = reader
        .with_guessed_format()
        .unwrap()
        .into_decoder()
        .unwrap();
    decoder.icc_profile().unwrap()
}

#[test]
fn a_small_picture_of_each_format_is_kept_without_copies() {
    for media_type in FORMATS {
        let file = encode(&quarters(40, 30), media_type);
        assert_eq!(MediaType::detect(&file), media_type);
        let picture = analyse(&file, media_type).unwrap();
        assert_eq!((picture.width, picture.height), (40, 30));
        assert!(!picture.is_animated);
        assert!(picture.small.is_none() && picture.large.is_none());
        assert_eq!(picture.placeholder.len(), 72);
        assert_eq!(decode(&picture.original), decode(&file), "{media_type:?}");
        let again = analyse(&picture.original, media_type).unwrap();
        assert_eq!(again.original, picture.original, "{media_type:?}");
    }
}

#[test]
fn a_large_picture_of_each_format_gets_two_copies() {
    // Except WebP: a lossless one with this many bytes needs too much memory to decode.
    for media_type in FORMATS
        .into_iter()
        .filter(|format| *format != MediaType::Webp)
    {
        let file = encode(&busy(1700, 300), media_type);
        let picture = analyse(&file, media_type).unwrap();
        for (copy, size) in [(picture.small, (720, 127)), (picture.large, (1600, 282))] {
            let copy = copy.expect("a copy");
            assert_eq!(MediaType::detect(&copy), MediaType::Jpeg);
            let pixels = decode(&copy);
            assert_eq!((pixels.width(), pixels.height()), size);
        }
    }
}

#[test]
fn a_picture_is_never_enlarged() {
    for (size, has_small, has_large) in [
        ((720, 80), false, false),
        ((721, 9), true, false),
        ((1600, 9), true, false),
        ((9, 1601), true, true),
        ((1, 1), false, false),
    ] {
        let file = encode(&noise(size.0, size.1), MediaType::Png);
        let picture = analyse(&file, MediaType::Png).unwrap();
        assert_eq!((picture.width, picture.height), size);
        assert_eq!(picture.small.is_some(), has_small, "{size:?}");
        assert_eq!(picture.large.is_some(), has_large, "{size:?}");
        for copy in [picture.small, picture.large].into_iter().flatten() {
            let copy = decode(&copy);
            assert!(copy.width() <= size.0 && copy.height() <= size.1);
        }
    }
}

#[test]
fn a_heavy_picture_gets_a_copy_if_that_is_smaller() {
    let file = encode(&noise(600, 500), MediaType::Png);
    let picture = analyse(&file, MediaType::Png).unwrap();
    let small = picture.small.expect("a copy");
    let pixels = decode(&small);
    assert_eq!((pixels.width(), pixels.height()), (600, 500));
    assert!(small.len() < file.len());

    let bytes = encode(&noise(700, 700), MediaType::Jpeg);
    assert!(bytes.len() > 256 * 1024);
    let once = analyse(&bytes, MediaType::Jpeg)
        .unwrap()
        .small
        .expect("a copy");
    let twice = analyse(&once, MediaType::Jpeg).unwrap();
    assert!(twice.small.is_none_or(|small| small.len() < once.len()));
}

#[test]
fn a_transparent_picture_stays_transparent_without_dark_edges() {
    let pixels = RgbaImage::from_fn(2100, 2000, |x, _| match x % 2 {
        0 => Rgba([255, 255, 255, 255]),
        _ => Rgba([0, 0, 0, 0]),
    });
    for media_type in [MediaType::Png, MediaType::Webp] {
        let file = encode(&pixels.clone().into(), media_type);
        let picture = analyse(&file, media_type).unwrap();
        let small = picture.small.expect("a copy");
        assert_eq!(MediaType::detect(&small), MediaType::Png);
        for pixel in decode(&small).to_rgba8().pixels() {
            assert!(pixel.0[..3] == [255; 3], "{pixel:?}");
            assert!((30..225).contains(&pixel.0[3]), "{pixel:?}");
        }
        assert!(picture.placeholder.starts_with("bf") || picture.placeholder.starts_with("c0"));
    }
}

#[test]
fn an_unused_alpha_channel_is_opaque() {
    let file = encode(&busy(800, 40).to_rgba8().into(), MediaType::Png);
    let small = analyse(&file, MediaType::Png).unwrap().small.unwrap();
    assert_eq!(MediaType::detect(&small), MediaType::Jpeg);
}

#[test]
fn every_depth_of_png_is_reduced() {
    let source = busy(800, 100);
    for pixels in [
        DynamicImage::from(source.to_luma8()),
        source.to_luma_alpha8().into(),
        source.to_rgb8().into(),
        source.to_rgba8().into(),
        source.to_luma16().into(),
        source.to_luma_alpha16().into(),
        source.to_rgb16().into(),
        source.to_rgba16().into(),
    ] {
        let picture = analyse(&encode(&pixels, MediaType::Png), MediaType::Png).unwrap();
        let small = decode(&picture.small.unwrap()).to_rgb8();
        let expected = pixels.to_rgb8();
        for (x, y) in [(2, 2), (717, 2), (2, 87), (717, 87)] {
            let original = expected.get_pixel(x * 10 / 9, y * 10 / 9).0;
            let copied = small.get_pixel(x, y).0;
            let is_near = original.iter().zip(copied).all(|(a, b)| a.abs_diff(b) < 10);
            assert!(is_near, "{:?}: {original:?} {copied:?}", pixels.color());
        }
    }
}

#[test]
fn the_placeholder_has_the_colors_of_twelve_cells() {
    let file = encode(&quarters(400, 400), MediaType::Png);
    let picture = analyse(&file, MediaType::Png).unwrap();
    let cells: Vec<&[u8]> = picture.placeholder.as_bytes().chunks(6).collect();
    assert_eq!(cells[0], b"e61414");
    assert_eq!(cells[3], b"14c814");
    assert_eq!(cells[8], b"1414e6");
    assert_eq!(cells[11], b"f0f0f0");
    let one = RgbaImage::from_pixel(1, 1, Rgba([255, 0, 16, 255]));
    let picture = analyse(&encode(&one.into(), MediaType::Png), MediaType::Png).unwrap();
    assert_eq!(picture.placeholder, "ff0010".repeat(12));
}

#[test]
fn animations_are_told_from_stills_and_get_a_still_copy() {
    let red = RgbaImage::from_pixel(20, 10, Rgba([230, 0, 0, 255]));
    let blue = RgbaImage::from_pixel(20, 10, Rgba([0, 0, 230, 255]));
    let simple = encode(&red.clone().into(), MediaType::Webp);
    let png = encode(&red.clone().into(), MediaType::Png);
    let control = png_chunk(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]);
    for (file, media_type, is_animated) in [
        (animated_gif(&[red.clone(), blue]), MediaType::Gif, true),
        (animated_gif(&[red]), MediaType::Gif, false),
        (animated_webp(&simple, (20, 10), 3), MediaType::Webp, true),
        (animated_webp(&simple, (20, 10), 1), MediaType::Webp, false),
        (insert(&png, 33, &control), MediaType::Png, true),
        (
            insert(&png, png.len() - 12, &control),
            MediaType::Png,
            false,
        ),
    ] {
        let picture = analyse(&file, media_type).unwrap();
        assert_eq!(picture.is_animated, is_animated, "{media_type:?}");
        assert_eq!(picture.small.is_some(), is_animated, "{media_type:?}");
        assert!(picture.large.is_none());
        if let Some(small) = picture.small {
            let pixel = decode(&small).to_rgb8().get_pixel(10, 5).0;
            assert!(
                pixel[0] > 200 && pixel[2] < 50,
                "the first frame: {pixel:?}"
            );
        }
    }
}

#[test]
fn an_animated_gif_keeps_frames_delays_and_loops() {
    let frames = [10, 90, 200].map(|red| RgbaImage::from_pixel(8, 8, Rgba([red, 0, 0, 255])));
    let file = animated_gif(&frames);
    assert!(super::samples::contains(
        &file,
        b"NETSCAPE2.0\x03\x01\0\0\0"
    ));
    let picture = analyse(&file, MediaType::Gif).unwrap();
    assert_eq!(picture.original, file);
}

#[test]
fn a_color_profile_is_kept_in_original_and_copies() {
    let pixels = busy(800, 60);
    let mut profile = vec![7; 600];
    profile[16..20].copy_from_slice(b"RGB ");
    let jpeg = encode(&pixels, MediaType::Jpeg);
    let part = [b"ICC_PROFILE\0\x01\x01", &profile[..]].concat();
    let webp = encode(&busy(100, 60), MediaType::Webp);
    let chunk = riff_chunk(b"ICCP", &profile);
    for (file, media_type) in [
        (insert(&jpeg, 2, &segment(0xE2, &part)), MediaType::Jpeg),
        (
            extended_webp(&webp, (100, 60), 0x20, [chunk, Vec::new()]),
            MediaType::Webp,
        ),
    ] {
        let picture = analyse(&file, media_type).unwrap();
        assert_eq!(profile_of(&picture.original).as_ref(), Some(&profile));
        let copy = picture.small;
        assert_eq!(copy.is_some(), media_type == MediaType::Jpeg);
        let of_copy = copy.and_then(|copy| profile_of(&copy));
        assert!(of_copy.is_none_or(|of_copy| of_copy == profile));
    }
}

#[test]
fn a_large_color_profile_is_removed() {
    let jpeg = encode(&quarters(20, 20), MediaType::Jpeg);
    let part = [b"ICC_PROFILE\0\x01\x01", &vec![7; 65_000][..]].concat();
    let parts = segment(0xE2, &part).repeat(17);
    let picture = analyse(&insert(&jpeg, 2, &parts), MediaType::Jpeg).unwrap();
    assert!(picture.original.len() <= jpeg.len());
}

#[test]
fn a_copy_with_more_bytes_is_made_only_if_the_original_has_many_pixels() {
    for (side, is_copied) in [(1900, false), (2100, true)] {
        let flat = RgbaImage::from_pixel(side, side, Rgba([9, 9, 9, 255]));
        let file = encode(&flat.into(), MediaType::Webp);
        let picture = analyse(&file, MediaType::Webp).unwrap();
        assert_eq!(picture.small.is_some(), is_copied, "{side}");
        assert_eq!(picture.large.is_some(), is_copied, "{side}");
    }
}
