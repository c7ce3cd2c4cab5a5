//! Template data for video posters and voice messages.

use std::fmt::Write;

use crate::files::{Attachment, HIGHEST_PEAK};

/// Maximum size in pixels of a video in the message list.
const MAX_WIDTH: u32 = 428;
const MAX_HEIGHT: u32 = 360;
/// Minimum size in pixels that fits the player's controls. The area around the poster is black.
const MIN_WIDTH: u32 = 240;
const MIN_HEIGHT: u32 = 120;
/// Distance between the bars of a waveform, and its vertical center, in SVG units. The drawing is 32 units high.
const BAR: usize = 4;
const MIDDLE: u32 = 16;
/// Placeholder for a voice message without a waveform.
const FLAT: [u8; 48] = [2; 48];

/// Template data of a video's poster.
pub struct ShownPoster {
    pub url: String,
    /// Size of the player in pixels.
    pub width: u32,
    pub height: u32,
}

/// Template data of a voice message.
pub struct ShownVoice {
    /// Duration in milliseconds; 0 if unknown.
    pub duration: i32,
    /// Duration in whole seconds.
    pub seconds: i32,
    /// Width of the waveform in SVG units.
    pub width: usize,
    /// SVG path of the waveform, with a vertical line for each peak.
    pub path: String,
}

impl ShownPoster {
    /// Creates the template data for a video with a poster.
    pub fn of(file: &Attachment) -> Option<ShownPoster> {
        let (poster, url) = (file.poster()?, file.poster_url()?);
        let (width, height) = fitted(poster.width, poster.height);
        Some(ShownPoster { url, width, height })
    }
}

impl ShownVoice {
    /// Creates the template data for a voice message.
    pub fn of(file: &Attachment) -> Option<ShownVoice> {
        if !file.is_voice() {
            return None;
        }
        let peaks = file
            .waveform()
            .map_or(&FLAT[..], |waveform| waveform.peaks());
        let duration = file.duration().unwrap_or_default();
        Some(ShownVoice {
            duration,
            seconds: seconds(duration),
            width: peaks.len() * BAR,
            path: path(peaks),
        })
    }
}

/// Returns an SVG path with a vertical line for each peak.
fn path(peaks: &[u8]) -> String {
    let mut path = String::with_capacity(peaks.len() * 12);
    for (at, peak) in peaks.iter().enumerate() {
        let half = 1 + u32::from(*peak) * (MIDDLE - 2) / u32::from(HIGHEST_PEAK);
        let (x, top) = (at * BAR + BAR / 2, MIDDLE - half);
        // Writing to a string can't fail.
        let _ = write!(path, "M{x} {top}v{}", 2 * half);
    }
    path
}

/// Returns the size of the player for a video with these proportions: as large as possible within the limits.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (most_width, most_height) = (u64::from(MAX_WIDTH), u64::from(MAX_HEIGHT));
    let (fitted_width, fitted_height) = match width * most_height > height * most_width {
        true => (most_width, height * most_width / width),
        false => (width * most_height / height, most_height),
    };
    let clamped = |side: u64, least: u32, most: u32| (side as u32).clamp(least, most);
    (
        clamped(fitted_width, MIN_WIDTH, MAX_WIDTH),
        clamped(fitted_height, MIN_HEIGHT, MAX_HEIGHT),
    )
}

/// Formats a duration in milliseconds as minutes and seconds, or with hours: “0:07”, “1:02:03”.
pub fn clock(duration: i32) -> String {
    let seconds = seconds(duration);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Rounds milliseconds to seconds, at least 1.
fn seconds(duration: i32) -> i32 {
    (duration.saturating_add(500) / 1000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_as_a_clock_shows_it() {
        for (duration, shown) in [
            (1, "0:01"),
            (7_400, "0:07"),
            (59_500, "1:00"),
            (125_000, "2:05"),
            (3_723_000, "1:02:03"),
        ] {
            assert_eq!(clock(duration), shown);
        }
    }

    #[test]
    fn a_waveform_is_a_line_for_each_peak() {
        assert_eq!(path(&[0, 31, 15]), "M2 15v2M6 1v30M10 9v14");
    }

    #[test]
    fn a_player_keeps_the_proportions_of_its_video() {
        assert_eq!(fitted(720, 405), (428, 240));
        assert_eq!(fitted(405, 720), (240, 360));
        assert_eq!(fitted(160, 120), (428, 321));
        assert_eq!(fitted(720, 1), (428, 120));
        assert_eq!(fitted(1, 720), (240, 360));
    }
}
