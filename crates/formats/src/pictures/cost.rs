//! Memory and time needed to decode a picture, estimated from its headers.

use super::{
    Refusal,
    limits::{MAX_ANIMATED_PIXELS, MAX_MEMORY, MAX_PIXELS, MAX_SCANS, MAX_VISITS},
};

/// Memory in bytes that a row-by-row decoder needs besides the rows.
const ROWS: u64 = 1 << 20;
/// Maximum size of the tables that a lossless WebP decoder builds, in bytes per byte of data.
const TABLES: u64 = 340;

/// Estimated cost of decoding a picture.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Bytes needed to decode the picture at full, half, quarter and eighth size.
    memory: [u64; 4],
    /// Number of pixels times number of scans, because a decoder visits every pixel in each scan.
    visits: u64,
    scans: u64,
    is_supported: bool,
}

/// Properties that determine the cost of a JPEG file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct JpegCost {
    pub(super) pixels: u64,
    pub(super) components: u64,
    /// Number of samples of all components in a minimum coded unit, and of the component with the most samples.
    pub(super) samples: u64,
    pub(super) largest_samples: u64,
    /// Whether the decoder must keep the coefficients of all pixels.
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

    /// Estimates a PNG. Rows are decoded one at a time, unless the picture is interlaced.
    pub(super) fn of_png((width, height): (u32, u32), depth: u8, is_interlaced: bool) -> Cost {
        let (width, height) = (u64::from(width), u64::from(height));
        let pixel = if depth == 16 { 8 } else { 4 };
        let memory = match is_interlaced {
            true => width.saturating_mul(height).saturating_mul(pixel),
            false => width * (2 * pixel + 16),
        };
        Cost::of([memory.saturating_add(ROWS); 4], 0, 1)
    }

    /// Estimates a GIF: three copies of the canvas or of the largest frame.
    pub(super) fn of_gif(pixels: u64) -> Cost {
        let memory = [pixels.saturating_mul(12); 4];
        Cost::of(memory, pixels, MAX_VISITS / MAX_ANIMATED_PIXELS)
    }

    /// Estimates a WebP: YUV planes (lossy) or four bytes per pixel (lossless), the result, and a second result if
    /// there is transparency or animation.
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

    /// Estimates a JPEG: planes of samples and the result, both scaled, and full-size coefficients, which exist twice
    /// during conversion.
    pub(super) fn of_jpeg(jpeg: &JpegCost, scans: u64) -> Cost {
        let samples = jpeg.pixels.saturating_mul(jpeg.samples) / jpeg.largest_samples.max(1);
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

    /// Returns the divisor (1, 2, 4 or 8) by which to scale down a picture during decoding. Prefers the largest one
    /// that leaves at least `wanted` pixels on the longest side. `longest` is the longest side in pixels, `file` the
    /// file size in bytes.
    ///
    /// # Errors
    /// - `Broken` if decoders don't support the file or it has too many scans.
    /// - `TooManyPixels` if decoding may take too long.
    /// - `TooMuchMemory` if it doesn't fit into memory even at an eighth of its size.
    pub(super) fn scale_divisor(
        &self,
        longest: u32,
        wanted: u32,
        file: u64,
    ) -> Result<u32, Refusal> {
        if !self.is_supported || self.scans > MAX_SCANS {
            return Err(Refusal::Broken);
        }
        if self.visits > MAX_VISITS {
            return Err(Refusal::TooManyPixels);
        }
        let fits = |memory: u64| file.saturating_add(memory) <= MAX_MEMORY;
        let divisors = self.memory.iter().zip([1, 2, 4, 8]);
        let mut fitting = divisors
            .filter(|(memory, _)| fits(**memory))
            .map(|(_, divisor)| divisor);
        let finest = fitting.next().ok_or(Refusal::TooMuchMemory)?;
        let coarser = fitting.take_while(|divisor| longest.div_ceil(*divisor) >= wanted);
        Ok(coarser.last().unwrap_or(finest))
    }
}
