//! Colors of a blurred placeholder, which is shown until the picture is loaded.

use std::fmt::Write;

use image::RgbaImage;

use super::reduce::reduce;

/// Columns of the grid.
const COLUMNS: u32 = 4;
/// Rows of the grid.
const ROWS: u32 = 3;
/// Cells of the grid.
pub(super) const CELLS: usize = COLUMNS as usize * ROWS as usize;
/// Brightness behind transparent pixels: a grey that suits light and dark pages.
const BACKGROUND: u32 = 128;

/// Average color of each cell, row by row, each as six hexadecimal digits.
pub(super) fn colors(pixels: RgbaImage) -> String {
    let mut text = String::new();
    for pixel in reduce(&pixels.into(), COLUMNS, ROWS).pixels() {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        for value in [red, green, blue] {
            let blended = (value * alpha + BACKGROUND * (255 - alpha) + 127) / 255;
            // Writing to a string does not fail.
            let _ = write!(text, "{blended:02x}");
        }
    }
    text
}
