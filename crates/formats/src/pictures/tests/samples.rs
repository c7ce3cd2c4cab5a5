//! Generated pictures of each format, and parts to insert into them.

use std::io::Cursor;

use image::{
    DynamicImage, Frame, ImageFormat, Rgb, RgbImage, RgbaImage,
    codecs::{
        gif::{GifEncoder, Repeat},
        jpeg::JpegEncoder,
    },
    imageops::overlay,
};

use super::super::{super::MediaType, Refusal, analyse as analyse_stripped, strip};

/// Result of an analysis, including the stripped file.
#[derive(Debug)]
pub struct Analysed {
    pub width: u32,
    pub height: u32,
    pub is_animated: bool,
    pub original: Vec<u8>,
    pub placeholder: String,
    pub small: Option<Vec<u8>>,
    pub large: Option<Vec<u8>>,
}

/// Strips and analyzes a picture.
pub fn analyse(bytes: &[u8], media_type: MediaType) -> Result<Analysed, Refusal> {
    let stripped = strip(bytes, media_type)?;
    let picture = analyse_stripped(&stripped, media_type)?;
    Ok(Analysed {
        width: picture.width,
        height: picture.height,
        is_animated: picture.is_animated,
        original: stripped.pieces.to_vec(),
        placeholder: picture.placeholder,
        small: picture.small,
        large: picture.large,
    })
}

/// Text that must not appear in stored bytes.
pub const MARKER: &[u8] = b"SECRET-PLACE-52.5200N-13.4050E";
/// Supported picture formats.
pub const FORMATS: [MediaType; 4] = [
    MediaType::Jpeg,
    MediaType::Png,
    MediaType::Gif,
    MediaType::Webp,
];
/// Colors of the quarters: top left, top right, bottom left, bottom right.
pub const CORNERS: [[u8; 3]; 4] = [[230, 20, 20], [20, 200, 20], [20, 20, 230], [240, 240, 240]];

/// Returns a picture whose quarters have the colors in [`CORNERS`].
pub fn quarters(width: u32, height: u32) -> DynamicImage {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let column = usize::from(x >= width / 2);
        let row = usize::from(y >= height / 2);
        Rgb(CORNERS[row * 2 + column])
    });
    picture.into()
}

/// Returns quarters with noise in the middle, so that a reduced copy has fewer bytes.
pub fn busy(width: u32, height: u32) -> DynamicImage {
    let (mut picture, noise) = (quarters(width, height), noise(width / 2, height / 2));
    overlay(
        &mut picture,
        &noise,
        (width / 4).into(),
        (height / 4).into(),
    );
    picture
}

/// Returns a picture that compresses badly.
pub fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 1_u32;
    let picture = RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
    });
    picture.into()
}

pub fn encode(picture: &DynamicImage, media_type: MediaType) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let format = match media_type {
        MediaType::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
            encoder.encode_image(picture).unwrap();
            return bytes.into_inner();
        }
        MediaType::Png => ImageFormat::Png,
        MediaType::Gif => ImageFormat::Gif,
        _ => ImageFormat::WebP,
    };
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Returns a GIF that repeats forever.
pub fn animated_gif(frames: &[RgbaImage]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for frame in frames {
        encoder.encode_frame(Frame::new(frame.clone())).unwrap();
    }
    drop(encoder);
    bytes
}

pub fn insert(bytes: &[u8], at: usize, part: &[u8]) -> Vec<u8> {
    [&bytes[..at], part, &bytes[at..]].concat()
}

/// Returns little-endian EXIF data with the [`MARKER`] as description, and an orientation.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II\x2A\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend(b"\x0E\x01\x02\0");
    tiff.extend((MARKER.len() as u32).to_le_bytes());
    tiff.extend(38_u32.to_le_bytes());
    tiff.extend(b"\x12\x01\x03\0\x01\0\0\0");
    tiff.extend([orientation, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend(MARKER);
    tiff
}

/// Returns a JPEG segment.
pub fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&[0xFF, marker][..], &length, data].concat()
}

/// Returns a PNG chunk.
pub fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in name.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], name, data, &(!crc).to_be_bytes()].concat()
}

/// Returns a PNG header chunk for 8-bit RGB.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
    png_chunk(b"IHDR", &[&width[..], &height, &[8, 2, 0, 0, 0]].concat())
}

/// Returns a RIFF chunk.
pub fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u32).to_le_bytes();
    let padding = vec![0; data.len() % 2];
    [name, &length[..], data, &padding].concat()
}

/// Returns a WebP file with these chunks.
pub fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff_chunk(b"RIFF", &[b"WEBP", &chunks.concat()[..]].concat())
}

/// Extends a simple WebP file with chunks before and after the pixels.
pub fn extended_webp(simple: &[u8], size: (u32, u32), flags: u8, extra: [Vec<u8>; 2]) -> Vec<u8> {
    let [before, after] = extra;
    let header = extended_header(size, flags);
    webp(&[header, before, simple[12..].to_vec(), after])
}

/// Returns the extended header of a WebP file.
pub fn extended_header((width, height): (u32, u32), flags: u8) -> Vec<u8> {
    let mut header = vec![flags, 0, 0, 0];
    header.extend(&(width - 1).to_le_bytes()[..3]);
    header.extend(&(height - 1).to_le_bytes()[..3]);
    riff_chunk(b"VP8X", &header)
}

/// Returns an animation that repeats the pixels of a simple WebP file.
pub fn animated_webp(simple: &[u8], size: (u32, u32), frames: usize) -> Vec<u8> {
    let mut frame = vec![0; 6];
    frame.extend(&(size.0 - 1).to_le_bytes()[..3]);
    frame.extend(&(size.1 - 1).to_le_bytes()[..3]);
    frame.extend([100, 0, 0, 0]);
    frame.extend(&simple[12..]);
    let mut chunks = vec![extended_header(size, 0x02), riff_chunk(b"ANIM", &[0; 6])];
    chunks.extend(vec![riff_chunk(b"ANMF", &frame); frames]);
    webp(&chunks)
}

/// Returns a picture with EXIF orientation, for all formats that support it.
pub fn oriented(picture: &DynamicImage, media_type: MediaType, orientation: u8) -> Vec<u8> {
    let (bytes, exif) = (encode(picture, media_type), exif(orientation));
    match media_type {
        MediaType::Jpeg => {
            let exif = [b"Exif\0\0", &exif[..]].concat();
            insert(&bytes, 2, &segment(0xE1, &exif))
        }
        MediaType::Png => insert(&bytes, 33, &png_chunk(b"eXIf", &exif)),
        _ => {
            let size = (picture.width(), picture.height());
            extended_webp(&bytes, size, 0x08, [Vec::new(), riff_chunk(b"EXIF", &exif)])
        }
    }
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
