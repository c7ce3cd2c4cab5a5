//! Colors of the blurred placeholder shown until a picture has loaded.

use std::fmt::Write;

use image::RgbaImage;

use super::reduce::reduce;

/// Number of columns in the grid.
const COLUMNS: u32 = 4;
/// Number of rows in the grid.
const ROWS: u32 = 3;
/// Number of cells in the grid.
pub(super) const CELLS: usize = COLUMNS as usize * ROWS as usize;
/// Gray value blended behind transparent pixels, which suits light and dark pages.
const BACKGROUND: u32 = 128;

/// Returns the average color of each cell, row by row, six hexadecimal digits each.
pub(super) fn colors(pixels: RgbaImage) -> String {
    let mut text = String::new();
    for pixel in reduce(&pixels.into(), COLUMNS, ROWS).pixels() {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        for value in [red, green, blue] {
            let blended = (value * alpha + BACKGROUND * (255 - alpha) + 127) / 255;
            // Writing to a string can't fail.
            let _ = write!(text, "{blended:02x}");
        }
    }
    text
}
