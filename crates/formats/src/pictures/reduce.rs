//! Downscaling by area averaging: each pixel is the average of the source area that it covers, weighted by opacity.
//!
//! The source is processed row by row, so that it needn't be in memory as a whole.

use image::{ColorType, DynamicImage, RgbaImage};

/// Longest side of the large copy in pixels.
pub(super) const LARGE_SIDE: u32 = 1600;

/// Premultiplied red, green and blue from 0 to 255, and alpha from 0 to 1.
type Color = [f32; 4];

/// Source pixels covered by one new pixel in one dimension.
struct Span {
    start: usize,
    /// Weight of each source pixel from `start`. The weights add up to 1.
    weights: Vec<f32>,
}

/// Returns the size of a picture scaled down to at most `side` pixels on its longest side. Smaller ones keep their
/// size.
pub(super) fn fitted((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    let side = side.min(longest);
    let scale = |length: u32| {
        let scaled = u64::from(length) * u64::from(side) + u64::from(longest) / 2;
        u32::try_from(scaled / u64::from(longest)).map_or(side, |scaled| scaled.clamp(1, side))
    };
    (scale(width), scale(height))
}

/// Downscaler that receives a picture row by row.
pub(super) struct Reducer {
    columns: Vec<Span>,
    rows: Vec<Span>,
    /// Index of the next source row, and of the new row to which it contributes.
    row: usize,
    new_row: usize,
    line: Vec<Color>,
    reduced: Vec<Color>,
    sum: Vec<Color>,
    bytes: Vec<u8>,
    size: (u32, u32),
}

impl Reducer {
    /// Creates a downscaler from one size to another (at least 1 × 1).
    pub(super) fn new(from: (u32, u32), to: (u32, u32)) -> Reducer {
        let width = to.0 as usize;
        Reducer {
            columns: spans(from.0, to.0),
            rows: spans(from.1, to.1),
            row: 0,
            new_row: 0,
            line: vec![[0.0; 4]; from.0 as usize],
            reduced: vec![[0.0; 4]; width],
            sum: vec![[0.0; 4]; width],
            bytes: Vec::with_capacity(width * to.1 as usize * 4),
            size: to,
        }
    }

    /// Adds the next row, in the given color type.
    pub(super) fn add_row(&mut self, bytes: &[u8], color: ColorType) {
        read_row(bytes, color, &mut self.line);
        reduce_row(&self.line, &self.columns, &mut self.reduced);
        while let Some(span) = self.rows.get(self.new_row) {
            let Some(weight) = self.row.checked_sub(span.start).map(|at| span.weights[at]) else {
                break;
            };
            for (sum, color) in self.sum.iter_mut().zip(&self.reduced) {
                add(sum, color, weight);
            }
            if self.row + 1 < span.start + span.weights.len() {
                break;
            }
            self.bytes
                .extend(self.sum.iter().copied().flat_map(to_bytes));
            self.sum.fill([0.0; 4]);
            self.new_row += 1;
        }
        self.row += 1;
    }

    /// Returns the scaled picture. Missing rows are transparent.
    pub(super) fn finish(mut self) -> RgbaImage {
        let (width, height) = self.size;
        self.bytes.resize(width as usize * height as usize * 4, 0);
        RgbaImage::from_raw(width, height, self.bytes).expect("four bytes for each pixel")
    }
}

/// Scales a picture to exactly this size (at least 1 × 1).
pub(super) fn reduce(source: &DynamicImage, width: u32, height: u32) -> RgbaImage {
    let mut reducer = Reducer::new((source.width(), source.height()), (width, height));
    let color = source.color();
    let length = source.width() as usize * usize::from(color.bytes_per_pixel());
    for row in source.as_bytes().chunks_exact(length.max(1)) {
        reducer.add_row(row, color);
    }
    reducer.finish()
}

/// Distributes `from` source pixels over `to` new ones.
fn spans(from: u32, to: u32) -> Vec<Span> {
    let (from, to) = (u64::from(from), u64::from(to));
    // Positions are integers, in units of 1 / `to` of a source pixel.
    let span = |index: u64| {
        let (start, end) = (index * from, (index + 1) * from);
        let covered = start / to..end.div_ceil(to);
        let overlap = |pixel: u64| end.min((pixel + 1) * to) - start.max(pixel * to);
        Span {
            start: covered.start as usize,
            weights: covered
                .map(|pixel| overlap(pixel) as f32 / from as f32)
                .collect(),
        }
    };
    (0..to).map(span).collect()
}

fn reduce_row(line: &[Color], columns: &[Span], reduced: &mut [Color]) {
    for (span, reduced) in columns.iter().zip(reduced) {
        let mut sum = [0.0; 4];
        for (color, &weight) in line[span.start..].iter().zip(&span.weights) {
            add(&mut sum, color, weight);
        }
        *reduced = sum;
    }
}

fn add(sum: &mut Color, color: &Color, weight: f32) {
    for (sum, value) in sum.iter_mut().zip(color) {
        *sum += value * weight;
    }
}

fn to_bytes([red, green, blue, alpha]: Color) -> [u8; 4] {
    if alpha <= 0.0 {
        return [0; 4];
    }
    // The cast from float rounds down and saturates at the limits of a byte.
    let byte = |value: f32| (value / alpha + 0.5) as u8;
    [
        byte(red),
        byte(green),
        byte(blue),
        (alpha * 255.0 + 0.5) as u8,
    ]
}

/// Converts a row of pixels with 8 or 16 bits per channel.
fn read_row(bytes: &[u8], color_type: ColorType, line: &mut [Color]) {
    match color_type {
        ColorType::L8 => fill(line, bytes, |[l]| color([l, l, l].map(f32::from), 255.0)),
        ColorType::La8 => fill(line, bytes, |[l, a]| {
            color([l, l, l].map(f32::from), a.into())
        }),
        ColorType::Rgb8 => fill(line, bytes, |rgb: [u8; 3]| color(rgb.map(f32::from), 255.0)),
        ColorType::Rgba8 => fill(line, bytes, |[r, g, b, a]| {
            color([r, g, b].map(f32::from), a.into())
        }),
        ColorType::L16 => fill(line, bytes, |l| color([from_16_bits(l); 3], 255.0)),
        ColorType::La16 => fill(line, bytes, |[l, m, a, b]| {
            color([from_16_bits([l, m]); 3], from_16_bits([a, b]))
        }),
        ColorType::Rgb16 => fill(line, bytes, |[r, s, g, h, b, c]| {
            color(
                [
                    from_16_bits([r, s]),
                    from_16_bits([g, h]),
                    from_16_bits([b, c]),
                ],
                255.0,
            )
        }),
        ColorType::Rgba16 => fill(line, bytes, |[r, s, g, h, b, c, a, d]| {
            color(
                [
                    from_16_bits([r, s]),
                    from_16_bits([g, h]),
                    from_16_bits([b, c]),
                ],
                from_16_bits([a, d]),
            )
        }),
        // The decoders of JPEG, PNG, GIF and WebP return no other types.
        _ => line.fill([0.0; 4]),
    }
}

fn fill<const N: usize>(line: &mut [Color], bytes: &[u8], color: impl Fn([u8; N]) -> Color) {
    let (pixels, _) = bytes.as_chunks::<N>();
    for (target, pixel) in line.iter_mut().zip(pixels) {
        *target = color(*pixel);
    }
}

/// Premultiplies a color with channels from 0 to 255.
fn color([red, green, blue]: [f32; 3], alpha: f32) -> Color {
    let alpha = alpha / 255.0;
    [red * alpha, green * alpha, blue * alpha, alpha]
}

/// Scales a 16-bit channel to 0–255.
fn from_16_bits(bytes: [u8; 2]) -> f32 {
    f32::from(u16::from_ne_bytes(bytes)) / 257.0
}
