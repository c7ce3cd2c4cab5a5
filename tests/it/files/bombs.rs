//! Pictures that are made to take memory or time.

use image::{
    DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage, RgbaImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};

use crate::harness::uploads::{noise, png};

/// Text that must not be found in what others get.
pub const SECRET: &[u8] = b"SECRET-PLACE-52.5200N";

/// Names, bytes, and whether it is shown as a picture.
pub fn corpus() -> Vec<(&'static str, Vec<u8>, bool)> {
    let photo = jpeg(
        &RgbImage::from_pixel(6_000, 4_000, image::Rgb([90, 120, 60])),
        90,
    );
    vec![
        ("24 megapixels.jpg", photo, true),
        ("too large.jpg", resized_jpeg(60_000, 60_000), false),
        ("cut.jpg", resized_jpeg(3_000, 3_000), true),
        ("progressive.jpg", progressive_jpeg(7_000, 7_000), true),
        ("20 megapixels.png", png(5_000, 4_000), true),
        ("wide.png", png(20_000, 100), true),
        ("claims.png", resized_png(50_000, 50_000), false),
        ("profile.png", profile_png(), true),
        ("text.png", text_png(), true),
        ("16 bits.png", deep_png(), true),
        (
            "frames.gif",
            written(&RgbaImage::new(1_900, 1_700).into(), ImageFormat::Gif),
            true,
        ),
        ("huge frame.gif", huge_frame(), false),
        ("lossless.webp", lossless_webp(120_000), true),
        ("large lossless.webp", lossless_webp(8 << 20), false),
        (
            "pixels.webp",
            written(&textured(1_000, 1_000).into(), ImageFormat::WebP),
            true,
        ),
    ]
}

/// JPEG with a place in its EXIF data, and dimensions that no picture may have.
pub fn refused_with_place() -> Vec<u8> {
    let exif = [b"Exif\0\0", SECRET].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let segment = [&[0xFF, 0xE1][..], &length, &exif].concat();
    let picture = resized_jpeg(60_000, 60_000);
    [&picture[..2], &segment, &picture[2..]].concat()
}

/// Pictures that were cut short, with a place in front of their pixels: name, bytes, and the type that they get.
pub fn cut_with_place() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let picture = RgbImage::from_raw(90, 60, noise(90 * 60 * 3, 9)).expect("enough bytes");
    let png = written(&picture.clone().into(), ImageFormat::Png);
    let length = (SECRET.len() as u32).to_be_bytes();
    let exif = [&length[..], b"eXIf", SECRET, &[0; 4]].concat();
    let png = [&png[..33], &exif, &png[33..]].concat();
    let comment = (SECRET.len() as u16 + 2).to_be_bytes();
    let jpeg = jpeg(&picture, 80);
    let jpeg = [&jpeg[..2], b"\xFF\xFE", &comment, SECRET, &jpeg[2..]].concat();
    let scan = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]);
    vec![
        ("half.png", png[..png.len() / 2].to_vec(), "image/png"),
        ("half.jpg", jpeg[..jpeg.len() / 2].to_vec(), "image/jpeg"),
        (
            "header.jpg",
            jpeg[..scan.expect("a scan")].to_vec(),
            "application/octet-stream",
        ),
    ]
}

/// ZIP archive with one file of `size` zeros.
pub fn zip_of_zeros(size: usize) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let mut sum = flate2::Crc::new();
    for zeros in vec![0; size].chunks(1 << 20) {
        packed.write_all(zeros).expect("memory");
        sum.update(zeros);
    }
    let packed = packed.finish().expect("memory");
    let [length, size] = [packed.len(), size].map(|bytes| (bytes as u32).to_le_bytes());
    let sums = [&sum.sum().to_le_bytes()[..], &length, &size].concat();
    let common = [
        &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0][..],
        &sums,
        &[5, 0, 0, 0],
        b"",
    ]
    .concat();
    let local = [b"PK\x03\x04", &common[..], b"zeros", &packed].concat();
    let entry = [b"PK\x01\x02\x14\0", &common[..], &[0; 14], b"zeros"].concat();
    let [at, entries] = [local.len(), entry.len()].map(|bytes| (bytes as u32).to_le_bytes());
    let end = [
        b"PK\x05\x06",
        &[0, 0, 0, 0, 1, 0, 1, 0][..],
        &entries,
        &at,
        &[0, 0],
    ]
    .concat();
    [local, entry, end].concat()
}

fn textured(width: u32, height: u32) -> RgbImage {
    let noise = noise(64 << 10, 7);
    RgbImage::from_fn(width, height, |x, y| {
        let grain = noise[(x as usize * 31 + y as usize * 17) % noise.len()] / 16;
        let light = ((x / 16 + y / 16) % 200) as u8;
        image::Rgb([light + grain, light, (x / 40 % 200) as u8 + grain])
    })
}

fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.encode_image(picture).expect("a picture");
    bytes
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

/// Small JPEG whose header claims another size.
fn resized_jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg(&RgbImage::new(64, 64), 80);
    let at = frame_of(&bytes);
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

fn progressive_jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = resized_jpeg(width, height);
    let at = frame_of(&bytes);
    bytes[at + 1] = 0xC2;
    bytes
}

fn frame_of(jpeg: &[u8]) -> usize {
    let mut pairs = jpeg.windows(2);
    pairs
        .position(|pair| pair == [0xFF, 0xC0])
        .expect("a frame")
}

fn resized_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(4, 4);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    bytes
}

/// One pixel, and a color profile of 100 MB.
fn profile_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder
        .set_icc_profile(vec![0; 100_000_000])
        .expect("PNG has profiles");
    let pixel = [1, 2, 3];
    encoder
        .write_image(&pixel, 1, 1, ExtendedColorType::Rgb8)
        .expect("a picture");
    bytes
}

/// Small picture with many compressed texts, which would take much memory.
fn text_png() -> Vec<u8> {
    let mut bytes = png(4, 4);
    let end = bytes.len() - 12;
    let mut texts = Vec::new();
    for number in 0..4_000_u32 {
        let mut data = format!("text{number}\0\0").into_bytes();
        data.extend(noise(120, number.into()));
        texts.extend((data.len() as u32).to_be_bytes());
        texts.extend(b"zTXt");
        texts.extend(&data);
        texts.extend([0; 4]);
    }
    bytes.splice(end..end, texts);
    bytes
}

fn deep_png() -> Vec<u8> {
    let picture = image::ImageBuffer::<image::Rgba<u16>, _>::from_pixel(
        4_000,
        3_000,
        image::Rgba([60_000, 1_000, 30_000, 40_000]),
    );
    written(&picture.into(), ImageFormat::Png)
}

/// Small canvas with a frame of four thousand million pixels.
fn huge_frame() -> Vec<u8> {
    let mut bytes = written(&RgbaImage::new(9, 7).into(), ImageFormat::Gif);
    let at = bytes
        .windows(5)
        .rposition(|part| part == b",\0\0\0\0")
        .expect("a frame");
    bytes[at + 5..at + 9].fill(0xFF);
    bytes
}

/// Lossless WebP of 4,000 × 4,000 pixels with nonsense as data.
fn lossless_webp(length: usize) -> Vec<u8> {
    let size = 3_999_u32 | 3_999 << 14;
    let mut data = vec![0x2F];
    data.extend(size.to_le_bytes());
    data.extend(noise(length - data.len(), 11));
    data.resize(data.len() + data.len() % 2, 0);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((data.len() as u32 + 12).to_le_bytes());
    bytes.extend(b"WEBPVP8L");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}
