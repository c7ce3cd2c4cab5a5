//! Accent color of the server: buttons, links and own messages.
//!
//! Texts have this color and stand on it, so its contrast is checked (WCAG 2.2, 1.4.3). Admins choose the color of the
//! light theme. The dark theme gets a lighter one of the same hue.

use std::fmt;

/// Least contrast of text (WCAG 2.2, level AA).
const LEAST_CONTRAST: f64 = 4.5;
/// Darkest paper of the light theme, `--sidebar` in `00-tokens.css`, and white.
const LIGHT_PAPER: [Rgb; 2] = [Rgb([0xf3, 0xf2, 0xf7]), WHITE];
/// Lightest paper of the dark theme, `--surface`.
const DARK_PAPER: Rgb = Rgb([0x1c, 0x19, 0x24]);
const WHITE: Rgb = Rgb([0xff; 3]);
/// Share of the color in the background of highlighted texts.
const SOFT: f64 = 0.1;

/// Rgb with 8 bits for red, green and blue (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Rgb([u8; 3]);

/// Accent color with enough contrast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Accent(Rgb);

impl Accent {
    /// Parses `#4f46b8` and checks the contrast. An error is the reason as a sentence.
    pub fn parse(text: &str) -> Result<Accent, String> {
        let color = Rgb::parse(text)
            .ok_or("Enter a color such as #4f46b8: a # and six numbers or letters.")?;
        let papers = [LIGHT_PAPER[0], LIGHT_PAPER[1], color.mixed(SOFT, WHITE)];
        let contrasts = papers.map(|paper| color.contrast(paper));
        let least = contrasts.into_iter().fold(f64::MAX, f64::min);
        if least < LEAST_CONTRAST {
            return Err(format!(
                "This color is too light to read: its contrast is {:.1}, and text needs {LEAST_CONTRAST}. Choose a \
                 darker one.",
                (least * 10.0).floor() / 10.0
            ));
        }
        Ok(Accent(color))
    }

    /// Rgb of the dark theme: the first one on the way to white that has enough contrast.
    fn dark(self) -> Rgb {
        let steps = (0..=20).map(|step| WHITE.mixed(f64::from(step) / 20.0, self.0));
        let is_readable = |color: &Rgb| {
            let soft = color.mixed(SOFT, DARK_PAPER);
            color.contrast(soft) >= LEAST_CONTRAST && color.contrast(DARK_PAPER) >= LEAST_CONTRAST
        };
        let mut steps = steps.filter(is_readable);
        steps.next().unwrap_or(WHITE)
    }

    /// Stylesheet that replaces the tokens of the default accent.
    pub fn styles(self) -> String {
        let (light, dark) = (self.0, self.dark());
        let soft = (light.mixed(SOFT, WHITE), dark.mixed(SOFT, DARK_PAPER));
        format!(
            ":root{{--accent:light-dark({light},{dark});--accent-soft:light-dark({},{});\
             --badge:light-dark({light},{dark});--gradient:linear-gradient(135deg, {light}, {light})}}",
            soft.0, soft.1
        )
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Rgb {
    fn parse(text: &str) -> Option<Rgb> {
        let digits = text.strip_prefix('#')?;
        let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Rgb([red, green, blue]))
    }

    /// This color over another one, with a share from 0 to 1.
    fn mixed(self, share: f64, over: Rgb) -> Rgb {
        let mix = |own: u8, other: u8| {
            (f64::from(own) * share + f64::from(other) * (1.0 - share)).round() as u8
        };
        Rgb(std::array::from_fn(|n| mix(self.0[n], over.0[n])))
    }

    /// Contrast of two colors, from 1 to 21.
    fn contrast(self, other: Rgb) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Relative luminance, from 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|value| {
            let value = f64::from(value) / 255.0;
            match value <= 0.04045 {
                true => value / 12.92,
                false => ((value + 0.055) / 1.055).powf(2.4),
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_white_have_the_largest_contrast() {
        let contrast = WHITE.contrast(Rgb([0; 3]));
        assert!((contrast - 21.0).abs() < 0.001, "{contrast}");
    }

    #[test]
    fn a_light_color_is_refused_with_its_contrast() {
        for (color, contrast) in [("#ffcc00", "1.3"), ("#667eea", "3.2")] {
            let why = Accent::parse(color).expect_err("a light color");
            assert!(why.contains(contrast), "{why}");
        }
        for text in ["", "4f46b8", "#4f46b", "#4f46b8;", "#+f46b8", "red"] {
            assert!(Accent::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_dark_theme_gets_a_readable_color_of_every_accent() {
        for text in ["#4f46b8", "#0b6b3a", "#000000", "#8a1538", "#0000ff"] {
            let accent = Accent::parse(text).expect("a dark color");
            assert_eq!(accent.to_string(), text);
            assert!(
                accent.dark().contrast(DARK_PAPER) >= LEAST_CONTRAST,
                "{text}"
            );
        }
    }
}
