//! QR codes (ISO/IEC 18004) as an SVG path, for addresses that a phone should open.

use askama::Template;
use fast_qr::{ECL, QRBuilder};

use crate::error::{Error, Result};

/// Empty modules around the code that scanners need.
const MARGIN: usize = 4;

/// Picture of a QR code, black on white in both color schemes because not all scanners read inverted codes.
#[derive(Template)]
#[template(path = "shared/qr_code.svg", escape = "html")]
pub struct QrCode {
    /// Text for screen readers.
    label: &'static str,
    /// Width and height, in modules.
    side: usize,
    /// Path data with a square for each dark module, joined in each row.
    path: String,
}

impl QrCode {
    /// The code of a text.
    ///
    /// # Errors
    /// `Internal` if the text has more than about 2,300 bytes.
    pub fn of(text: &str, label: &'static str) -> Result<QrCode> {
        let too_long = |_| Error::Internal("a text is too long for a QR code".into());
        let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(too_long)?;
        let is_dark = |x: usize, y: usize| code[y][x].value();
        let mut path = String::new();
        for y in 0..code.size {
            let mut x = 0;
            while x < code.size {
                let length = (x..code.size).take_while(|x| is_dark(*x, y)).count();
                if length > 0 {
                    let (left, top) = (x + MARGIN, y + MARGIN);
                    path.push_str(&format!("M{left} {top}h{length}v1h-{length}z"));
                }
                x += length + 1;
            }
        }
        let side = code.size + 2 * MARGIN;
        Ok(QrCode { label, side, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_margin() {
        let code = QrCode::of("https://chat.example/join", "Address").expect("a short text");
        let svg = code.render().expect("a template");
        assert!(svg.contains(&format!("viewBox=\"0 0 {0} {0}\"", code.side)));
        let right = code.side - MARGIN - 7;
        for corner in ["M4 4h7v1h-7z", &format!("M{right} 4h7v1h-7z")] {
            assert!(code.path.contains(corner), "{corner}");
        }
        assert!(code.path.contains(&format!("M4 {right}h7v1h-7z")));
        assert!(!svg.contains("style"));
    }

    #[test]
    fn a_text_that_no_code_can_hold_is_an_error() {
        assert!(QrCode::of(&"x".repeat(5000), "Too long").is_err());
    }
}
