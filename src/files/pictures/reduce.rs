//! Reduction by area averaging: each new pixel is the average of the area that it covers, weighted by opacity.
//!
//! The source is read row by row, so that the memory is a few rows besides source and result.

use image::{ColorType, DynamicImage, RgbaImage};

/// Red, green and blue of 0 to 255, multiplied by the opacity, and the opacity of 0 to 1.
type Color = [f32; 4];

/// Source pixels that one new pixel covers in one direction.
struct Span {
    start: usize,
    /// Share of each source pixel from `start`. The sum is 1.
    weights: Vec<f32>,
}

/// Picture of exactly this size (at least 1 × 1).
pub(super) fn reduce(source: &DynamicImage, width: u32, height: u32) -> RgbaImage {
    let columns = spans(source.width(), width);
    let rows = spans(source.height(), height);
    let mut line = vec![[0.0; 4]; source.width() as usize];
    let mut reduced = vec![[0.0; 4]; width as usize];
    let mut reduced_row = None;
    let mut bytes = Vec::with_capacity(width as usize * height as usize * 4);
    for span in &rows {
        let mut sum = vec![[0.0; 4]; width as usize];
        for (row, &weight) in (span.start..).zip(&span.weights) {
            if reduced_row != Some(row) {
                read_row(source, row, &mut line);
                reduce_row(&line, &columns, &mut reduced);
                reduced_row = Some(row);
            }
            for (sum, color) in sum.iter_mut().zip(&reduced) {
                add(sum, color, weight);
            }
        }
        bytes.extend(sum.into_iter().flat_map(to_bytes));
    }
    RgbaImage::from_raw(width, height, bytes).expect("four bytes for each pixel")
}

/// Divides `from` source pixels among `to` new ones.
fn spans(from: u32, to: u32) -> Vec<Span> {
    let (from, to) = (u64::from(from), u64::from(to));
    // Positions are counted in units of 1 / to of a source pixel, so that they are whole numbers.
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
    // The conversion from a float rounds down, and keeps to the range of a byte.
    let byte = |value: f32| (value / alpha + 0.5) as u8;
    [
        byte(red),
        byte(green),
        byte(blue),
        (alpha * 255.0 + 0.5) as u8,
    ]
}

/// Reads a row of pixels with 8 or 16 bits for each channel.
fn read_row(source: &DynamicImage, row: usize, line: &mut [Color]) {
    let length = line.len() * usize::from(source.color().bytes_per_pixel());
    let bytes = &source.as_bytes()[row * length..][..length];
    match source.color() {
        ColorType::L8 => fill(line, bytes, |[l]| color([l, l, l].map(f32::from), 255.0)),
        ColorType::La8 => fill(line, bytes, |[l, a]| {
            color([l, l, l].map(f32::from), a.into())
        }),
        ColorType::Rgb8 => fill(line, bytes, |rgb: [u8; 3]| color(rgb.map(f32::from), 255.0)),
        ColorType::Rgba8 => fill(line, bytes, |[r, g, b, a]| {
            color([r, g, b].map(f32::from), a.into())
        }),
        ColorType::L16 => fill(line, bytes, |l| color([wide(l); 3], 255.0)),
        ColorType::La16 => fill(line, bytes, |[l, m, a, b]| {
            color([wide([l, m]); 3], wide([a, b]))
        }),
        ColorType::Rgb16 => fill(line, bytes, |[r, s, g, h, b, c]| {
            color([wide([r, s]), wide([g, h]), wide([b, c])], 255.0)
        }),
        ColorType::Rgba16 => fill(line, bytes, |[r, s, g, h, b, c, a, d]| {
            color([wide([r, s]), wide([g, h]), wide([b, c])], wide([a, d]))
        }),
        // The decoders of JPEG, PNG, GIF and WebP return no other type.
        _ => line.fill([0.0; 4]),
    }
}

fn fill<const N: usize>(line: &mut [Color], bytes: &[u8], color: impl Fn([u8; N]) -> Color) {
    let (pixels, _) = bytes.as_chunks::<N>();
    for (target, pixel) in line.iter_mut().zip(pixels) {
        *target = color(*pixel);
    }
}

/// Color of values from 0 to 255.
fn color([red, green, blue]: [f32; 3], alpha: f32) -> Color {
    let alpha = alpha / 255.0;
    [red * alpha, green * alpha, blue * alpha, alpha]
}

/// Value from 0 to 255 of a channel with 16 bits.
fn wide(bytes: [u8; 2]) -> f32 {
    f32::from(u16::from_ne_bytes(bytes)) / 257.0
}
