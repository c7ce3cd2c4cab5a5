//! Decoding of the first frame of a stripped picture, within limits and scaled down to the size needed for the copies.
//!
//! PNGs are scaled row by row during decoding and JPEGs are decoded at reduced size, so that a picture with 50 million
//! pixels needs only a few megabytes.

use std::{
    io::BufReader,
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, Limits, RgbaImage,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};

use super::{
    super::MediaType,
    Refusal,
    limits::{MAX_ANIMATED_PIXELS, MAX_PIXELS, MAX_SIDE, MAX_WORKING},
    reduce::{LARGE_SIDE, Reducer, fitted, reduce},
    strip::Stripped,
};

/// Maximum size in bytes of a color profile in a reduced copy. A larger one is omitted.
const MAX_COPIED_PROFILE: usize = 16 * 1024;

/// Decoded pixels, before the orientation is applied.
pub(super) struct DecodedFrame {
    /// Pixels, at most [`LARGE_SIDE`] on each side.
    pub(super) pixels: RgbaImage,
    /// RGB color profile (ICC).
    pub(super) profile: Option<Vec<u8>>,
}

/// Checks the dimensions declared in the header.
pub(super) fn check(stripped: &Stripped, media_type: MediaType) -> Result<(), Refusal> {
    let max_pixels = match stripped.is_animated || media_type == MediaType::Gif {
        true => MAX_ANIMATED_PIXELS,
        false => MAX_PIXELS,
    };
    let (width, height) = (stripped.width, stripped.height);
    if width == 0 || height == 0 || !stripped.has_pixels {
        return Err(Refusal::Broken);
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > max_pixels {
        return Err(Refusal::TooManyPixels);
    }
    Ok(())
}

/// Decodes the first frame. If a decoder panics, the picture counts as damaged.
pub(super) fn first_frame(
    stripped: &Stripped,
    media_type: MediaType,
) -> Result<DecodedFrame, Refusal> {
    let longest = stripped.width.max(stripped.height);
    let file = stripped.pieces.len() as u64;
    let divisor = stripped.cost.scale_divisor(longest, LARGE_SIDE, file)?;
    let decode = || match media_type {
        MediaType::Jpeg => jpeg(stripped, divisor),
        MediaType::Png => png(stripped),
        MediaType::Gif => decode_whole(GifDecoder::new(stripped.pieces.reader()), stripped),
        MediaType::Webp => decode_whole(WebPDecoder::new(stripped.pieces.reader()), stripped),
        _ => Err(Refusal::NotPicture),
    };
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    decoded.unwrap_or(Err(Refusal::Broken))
}

/// Decodes a JPEG at reduced size. `part` is the divisor.
fn jpeg(stripped: &Stripped, divisor: u32) -> Result<DecodedFrame, Refusal> {
    use jpeg_decoder::{Decoder, PixelFormat};
    let broken = |_| Refusal::Broken;
    let mut decoder = Decoder::new(BufReader::new(stripped.pieces.reader()));
    decoder.read_info().map_err(broken)?;
    // The decoder picks the coarsest scale at which one side is long enough. Only the longest side may decide.
    let longest = stripped.width.max(stripped.height);
    let reduced = |side: u32| match side == longest {
        true => u16::try_from(side.div_ceil(divisor)).unwrap_or(u16::MAX),
        false => u16::MAX,
    };
    let size = decoder.scale(reduced(stripped.width), reduced(stripped.height));
    let (width, height) = size.map_err(broken)?;
    let info = decoder.info().ok_or(Refusal::Broken)?;
    let (color, bytes) = match info.pixel_format {
        PixelFormat::L8 => (ColorType::L8, 1),
        PixelFormat::RGB24 => (ColorType::Rgb8, 3),
        PixelFormat::CMYK32 => (ColorType::Rgb8, 4),
        PixelFormat::L16 => return Err(Refusal::Broken),
    };
    let pixels = decoder.decode().map_err(broken)?;
    let from = (u32::from(width), u32::from(height));
    let mut reducer = Reducer::new(from, fitted(from, LARGE_SIDE));
    for row in pixels.chunks_exact(usize::from(width) * bytes) {
        match bytes {
            4 => reducer.add_row(&cmyk_to_rgb(row), color),
            _ => reducer.add_row(row, color),
        }
    }
    let profile = decoder.icc_profile();
    Ok(DecodedFrame {
        pixels: reducer.finish(),
        profile: profile.filter(|profile| bytes == 3 && is_copied(profile)),
    })
}

/// Converts CMYK pixels to RGB.
fn cmyk_to_rgb(row: &[u8]) -> Vec<u8> {
    let mix = |[cyan, magenta, yellow, black]: &[u8; 4]| {
        [cyan, magenta, yellow].map(|ink| {
            let light = (255 - u16::from(*ink)) * (255 - u16::from(*black)) / 255;
            light as u8
        })
    };
    row.as_chunks().0.iter().flat_map(mix).collect()
}

/// Decodes a PNG row by row, or as a whole if it is interlaced.
fn png(stripped: &Stripped) -> Result<DecodedFrame, Refusal> {
    let broken = |error| match error {
        png::DecodingError::LimitsExceeded => Refusal::TooMuchMemory,
        _ => Refusal::Broken,
    };
    let limits = png::Limits {
        bytes: MAX_WORKING as usize,
    };
    let mut decoder = png::Decoder::new_with_limits(stripped.pieces.reader(), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(broken)?;
    if reader.info().interlaced {
        drop(reader);
        let decoder = PngDecoder::with_limits(stripped.pieces.reader(), limits_of_image());
        return decode_whole(decoder, stripped);
    }
    let color = color_of(reader.output_color_type())?;
    let profile = reader.info().icc_profile.as_ref().map(|all| all.to_vec());
    let size = (stripped.width, stripped.height);
    let mut reducer = Reducer::new(size, fitted(size, LARGE_SIDE));
    for number in 0..stripped.height {
        let row = match reader.next_row() {
            Ok(row) => row.ok_or(Refusal::Broken)?,
            // The rest of a picture that was cut short is transparent.
            Err(_) if stripped.may_lack_pixels && number > 0 => break,
            Err(error) => return Err(broken(error)),
        };
        match color {
            ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => {
                reducer.add_row(&to_native_endian(row.data()), color);
            }
            _ => reducer.add_row(row.data(), color),
        }
    }
    Ok(DecodedFrame {
        pixels: reducer.finish(),
        profile: profile.filter(|profile| color.has_color() && is_copied(profile)),
    })
}

/// Converts 16-bit channels from big-endian to native byte order.
fn to_native_endian(row: &[u8]) -> Vec<u8> {
    let channels = row.as_chunks().0.iter();
    channels
        .flat_map(|channel| u16::from_be_bytes(*channel).to_ne_bytes())
        .collect()
}

fn color_of(output: (png::ColorType, png::BitDepth)) -> Result<ColorType, Refusal> {
    use png::{BitDepth::Eight, BitDepth::Sixteen, ColorType as Png};
    Ok(match output {
        (Png::Grayscale, Eight) => ColorType::L8,
        (Png::GrayscaleAlpha, Eight) => ColorType::La8,
        (Png::Rgb, Eight) => ColorType::Rgb8,
        (Png::Rgba, Eight) => ColorType::Rgba8,
        (Png::Grayscale, Sixteen) => ColorType::L16,
        (Png::GrayscaleAlpha, Sixteen) => ColorType::La16,
        (Png::Rgb, Sixteen) => ColorType::Rgb16,
        (Png::Rgba, Sixteen) => ColorType::Rgba16,
        _ => return Err(Refusal::Broken),
    })
}

/// Decodes a whole picture, then scales it down.
fn decode_whole(
    decoder: Result<impl ImageDecoder, ImageError>,
    stripped: &Stripped,
) -> Result<DecodedFrame, Refusal> {
    let mut decoder = decoder.map_err(refusal)?;
    decoder.set_limits(limits_of_image()).map_err(refusal)?;
    if decoder.dimensions() != (stripped.width, stripped.height) {
        return Err(Refusal::Broken);
    }
    let has_color = decoder.color_type().has_color();
    let profile = decoder.icc_profile().ok().flatten();
    let profile = profile.filter(|profile| has_color && is_copied(profile));
    let pixels = all_pixels(decoder, stripped)?;
    let (width, height) = fitted((stripped.width, stripped.height), LARGE_SIDE);
    Ok(DecodedFrame {
        pixels: reduce(&pixels, width, height),
        profile,
    })
}

/// Decodes all pixels. If some are missing because the picture was cut short, they are transparent.
fn all_pixels(decoder: impl ImageDecoder, stripped: &Stripped) -> Result<DynamicImage, Refusal> {
    if !stripped.may_lack_pixels || decoder.color_type() != ColorType::Rgba8 {
        return DynamicImage::from_decoder(decoder).map_err(refusal);
    }
    let (width, height) = decoder.dimensions();
    let mut pixels = RgbaImage::new(width, height);
    match decoder.read_image(&mut pixels) {
        Err(error) if pixels.iter().all(|byte| *byte == 0) => Err(refusal(error)),
        _ => Ok(pixels.into()),
    }
}

/// Returns whether a profile fits into the copies, which are RGB. The color space is at offset 16 (ICC.1, section 7.2).
fn is_copied(profile: &[u8]) -> bool {
    profile.len() <= MAX_COPIED_PROFILE && profile.get(16..20) == Some(b"RGB ")
}

fn limits_of_image() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_WORKING);
    limits
}

fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => Refusal::TooMuchMemory,
        _ => Refusal::Broken,
    }
}
