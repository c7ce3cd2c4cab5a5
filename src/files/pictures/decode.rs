//! Decoding of the first frame of a stripped picture, within limits, and reduced as far as the copies need it.
//!
//! PNG is reduced while it is decoded, row by row, and JPEG is decoded in a part of its size, so that a picture of 50
//! million pixels takes a few megabytes.

use std::{
    io::BufReader,
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, Limits, RgbaImage,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};

use super::{
    super::media_type::MediaType,
    Refusal,
    limits::{MAX_ANIMATED_PIXELS, MAX_PIXELS, MAX_SIDE, MAX_WORKING},
    reduce::{LARGE_SIDE, Reducer, fitted, reduce},
    strip::Stripped,
};

/// Maximum size in bytes of a color profile in a reduced copy. A larger one is left out.
const MAX_COPIED_PROFILE: usize = 16 * 1024;

/// Decoded pixels, as stored: not yet turned upright.
pub(super) struct DecodedFrame {
    /// At most [`LARGE_SIDE`] pixels on each side.
    pub(super) pixels: RgbaImage,
    /// ICC color profile for RGB.
    pub(super) profile: Option<Vec<u8>>,
}

/// Checks the dimensions that the header declares.
pub(super) fn check(stripped: &Stripped, media_type: MediaType) -> Result<(), Refusal> {
    let max_pixels = match stripped.is_animated || media_type == MediaType::Gif {
        true => MAX_ANIMATED_PIXELS,
        false => MAX_PIXELS,
    };
    let (width, height) = (stripped.width, stripped.height);
    if width == 0 || height == 0 {
        return Err(Refusal::Broken);
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > max_pixels {
        return Err(Refusal::TooManyPixels);
    }
    Ok(())
}

/// Decodes the first frame. A decoder that panics has met a broken picture.
pub(super) fn first_frame(
    stripped: &Stripped,
    media_type: MediaType,
) -> Result<DecodedFrame, Refusal> {
    let longest = stripped.width.max(stripped.height);
    let file = stripped.pieces.len() as u64;
    let part = stripped.cost.part(longest, LARGE_SIDE, file)?;
    let decode = || match media_type {
        MediaType::Jpeg => jpeg(stripped, part),
        MediaType::Png => png(stripped),
        MediaType::Gif => whole(GifDecoder::new(stripped.pieces.reader()), stripped),
        MediaType::Webp => whole(WebPDecoder::new(stripped.pieces.reader()), stripped),
        _ => Err(Refusal::NotPicture),
    };
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    decoded.unwrap_or(Err(Refusal::Broken))
}

/// Decodes a JPEG file in a part of its size.
fn jpeg(stripped: &Stripped, part: u32) -> Result<DecodedFrame, Refusal> {
    use jpeg_decoder::{Decoder, PixelFormat};
    let broken = |_| Refusal::Broken;
    let mut decoder = Decoder::new(BufReader::new(stripped.pieces.reader()));
    decoder.read_info().map_err(broken)?;
    // The decoder takes the coarsest part in which one side is as long as it should be: it must be the longest one.
    let longest = stripped.width.max(stripped.height);
    let reduced = |side: u32| match side == longest {
        true => u16::try_from(side.div_ceil(part)).unwrap_or(u16::MAX),
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
            4 => reducer.add_row(&printed(row), color),
            _ => reducer.add_row(row, color),
        }
    }
    let profile = decoder.icc_profile();
    Ok(DecodedFrame {
        pixels: reducer.finish(),
        profile: profile.filter(|profile| bytes == 3 && is_copied(profile)),
    })
}

/// Pixels of the four colors of print as red, green and blue.
fn printed(row: &[u8]) -> Vec<u8> {
    let mix = |[cyan, magenta, yellow, black]: &[u8; 4]| {
        [cyan, magenta, yellow].map(|ink| {
            let light = (255 - u16::from(*ink)) * (255 - u16::from(*black)) / 255;
            light as u8
        })
    };
    row.as_chunks().0.iter().flat_map(mix).collect()
}

/// Decodes a PNG file row by row. An interlaced one is decoded as a whole.
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
        return whole(decoder, stripped);
    }
    let color = color_of(reader.output_color_type())?;
    let profile = reader.info().icc_profile.as_ref().map(|all| all.to_vec());
    let size = (stripped.width, stripped.height);
    let mut reducer = Reducer::new(size, fitted(size, LARGE_SIDE));
    for _ in 0..stripped.height {
        let row = reader.next_row().map_err(broken)?.ok_or(Refusal::Broken)?;
        match color {
            ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => {
                reducer.add_row(&native(row.data()), color);
            }
            _ => reducer.add_row(row.data(), color),
        }
    }
    Ok(DecodedFrame {
        pixels: reducer.finish(),
        profile: profile.filter(|profile| color.has_color() && is_copied(profile)),
    })
}

/// Channels of 16 bits, which have their most significant byte first, in the order of this machine.
fn native(row: &[u8]) -> Vec<u8> {
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

/// Decodes a picture as a whole, and reduces it.
fn whole(
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
    let pixels = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    let (width, height) = fitted((stripped.width, stripped.height), LARGE_SIDE);
    Ok(DecodedFrame {
        pixels: reduce(&pixels, width, height),
        profile,
    })
}

/// Whether the reduced copies, which are RGB, get this profile. The color space is at offset 16 (ICC.1, section 7.2).
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
