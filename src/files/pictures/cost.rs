//! Memory and time to decode a picture, estimated from its headers.

use super::{
    Refusal,
    limits::{MAX_ANIMATED_PIXELS, MAX_MEMORY, MAX_PIXELS, MAX_SCANS, MAX_VISITS},
};

/// Memory of a decoder that reads row by row, besides its rows (bytes).
const ROWS: u64 = 1 << 20;
/// Most bytes of the tables that a decoder of lossless WebP builds, for each byte of data.
const TABLES: u64 = 340;

/// Cost of decoding.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Bytes, for a picture that is decoded in full size and in a half, a quarter and an eighth of it.
    memory: [u64; 4],
    /// Pixels times scans: a decoder visits all pixels in each scan.
    visits: u64,
    scans: u64,
    is_supported: bool,
}

/// What the cost of a JPEG file depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct JpegCost {
    pub(super) pixels: u64,
    pub(super) components: u64,
    /// Samples of all components in a unit of pixels, and the most of one component.
    pub(super) samples: u64,
    pub(super) largest_samples: u64,
    /// A decoder keeps the coefficients of all pixels.
    pub(super) is_progressive: bool,
    pub(super) is_supported: bool,
}

impl Cost {
    fn of(memory: [u64; 4], pixels: u64, scans: u64) -> Cost {
        Cost {
            memory,
            visits: pixels.saturating_mul(scans),
            scans,
            is_supported: true,
        }
    }

    /// Rows that are read one after another, unless the picture is interlaced: then its rows come several times.
    pub(super) fn of_png((width, height): (u32, u32), depth: u8, is_interlaced: bool) -> Cost {
        let (width, height) = (u64::from(width), u64::from(height));
        let pixel = if depth == 16 { 8 } else { 4 };
        let memory = match is_interlaced {
            true => width.saturating_mul(height).saturating_mul(pixel),
            false => width * (2 * pixel + 16),
        };
        Cost::of([memory.saturating_add(ROWS); 4], 0, 1)
    }

    /// Three copies of the largest frame or of the canvas.
    pub(super) fn of_gif(pixels: u64) -> Cost {
        let memory = [pixels.saturating_mul(12); 4];
        Cost::of(memory, pixels, MAX_VISITS / MAX_ANIMATED_PIXELS)
    }

    /// Planes of brightness and colors, or four bytes a pixel; the result; and for opacity or frames a second one.
    pub(super) fn of_webp(pixels: u64, lossless: u64, has_layers: bool) -> Cost {
        let bytes = match (has_layers, lossless > 0) {
            (true, _) => 13,
            (false, true) => 9,
            (false, false) => 6,
        };
        let memory = pixels
            .saturating_mul(bytes)
            .saturating_add(lossless.saturating_mul(TABLES));
        Cost::of([memory; 4], pixels, MAX_VISITS / MAX_PIXELS)
    }

    /// Planes of samples and the result, both reduced; and coefficients of full size, twice while they are converted.
    pub(super) fn of_jpeg(jpeg: &JpegCost, scans: u64) -> Cost {
        let samples = jpeg.pixels.saturating_mul(jpeg.samples) / jpeg.largest_samples;
        let coefficients = match jpeg.is_progressive {
            true => samples.saturating_mul(4),
            false => 0,
        };
        let reduced = samples.saturating_add(jpeg.pixels.saturating_mul(jpeg.components));
        let memory =
            [1, 4, 16, 64].map(|area| (reduced / area).saturating_add(coefficients + ROWS));
        Cost {
            is_supported: jpeg.is_supported,
            ..Cost::of(memory, jpeg.pixels, scans)
        }
    }

    /// Part of the size (1, 2, 4, 8) in which to decode a picture of `longest` pixels on its longest side, so that at
    /// least `wanted` pixels stay if the memory allows that. `file` is the length of the file (bytes).
    ///
    /// # Errors
    /// `Broken` for what decoders do not support or for too many scans, `TooManyPixels` if it may take too long,
    /// `TooMuchMemory`.
    pub(super) fn part(&self, longest: u32, wanted: u32, file: u64) -> Result<u32, Refusal> {
        if !self.is_supported || self.scans > MAX_SCANS {
            return Err(Refusal::Broken);
        }
        if self.visits > MAX_VISITS {
            return Err(Refusal::TooManyPixels);
        }
        let fits = |memory: u64| file.saturating_add(memory) <= MAX_MEMORY;
        let parts = self.memory.iter().zip([1, 2, 4, 8]);
        let mut fitting = parts
            .filter(|(memory, _)| fits(**memory))
            .map(|(_, part)| part);
        let finest = fitting.next().ok_or(Refusal::TooMuchMemory)?;
        let coarser = fitting.take_while(|part| longest.div_ceil(*part) >= wanted);
        Ok(coarser.last().unwrap_or(finest))
    }
}
