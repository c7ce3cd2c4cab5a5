//! Duration, waveform and poster of audio and video files, as reported by the sender's browser.
//!
//! Invariant: the server doesn't trust any of them. Values are range-checked on arrival and only used for display, and
//! posters are re-encoded.

use base64::{Engine, prelude::BASE64_STANDARD};

mod poster;
pub mod store;

pub use poster::MAX_POSTER;

/// Maximum accepted duration in milliseconds (24 hours).
const MAX_DURATION: i32 = 24 * 60 * 60 * 1000;
/// Maximum number of peaks in a waveform.
const MAX_PEAKS: usize = 64;
/// Maximum value of a peak.
pub const HIGHEST_PEAK: u8 = 31;

/// File name and media details that the client sends when it creates an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub name: String,
    pub media: Media,
}

/// Details of an audio or video file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Duration in milliseconds.
    pub duration: Option<i32>,
    /// Whether the file was recorded as a voice message.
    pub is_voice: bool,
    /// Waveform of a voice message.
    pub waveform: Option<Waveform>,
}

/// Peaks of an audio recording over time: 1 to 64 values from 0 to [`HIGHEST_PEAK`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waveform(Vec<u8>);

/// Picture shown before a video plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poster {
    /// Size in pixels.
    pub width: u32,
    pub height: u32,
    pub(in crate::files) hash: String,
}

impl Metadata {
    /// Parses an `Upload-Metadata` header (tus 1.0): comma-separated keys with Base64 values. Clients may send anything
    /// in it, so unknown keys and values out of range are ignored.
    pub fn parse(header: &str) -> Metadata {
        let value = |keys: &[&str]| {
            let pairs = header.split(',').map(str::trim);
            let mut named = pairs.filter_map(|pair| pair.split_once(' '));
            let (_, value) = named.find(|(key, _)| keys.contains(key))?;
            let bytes = BASE64_STANDARD.decode(value.trim()).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let is_voice = value(&["kind"]).is_some_and(|kind| kind == "voice");
        let waveform = value(&["waveform"]).filter(|_| is_voice);
        Metadata {
            name: value(&["filename", "name"]).unwrap_or_default(),
            media: Media {
                duration: value(&["duration"]).as_deref().and_then(duration),
                is_voice,
                waveform: waveform.as_deref().and_then(Waveform::parse),
            },
        }
    }
}

/// Parses a duration in milliseconds. Returns `None` if it isn't an integer or is out of range.
fn duration(text: &str) -> Option<i32> {
    let duration = digits(text)?.parse().ok()?;
    (1..=MAX_DURATION).contains(&duration).then_some(duration)
}

/// Returns the text if it consists of ASCII digits only.
fn digits(text: &str) -> Option<&str> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(text)
}

impl Waveform {
    /// Parses comma-separated peaks. Returns `None` if there are too many or one is out of range.
    pub fn parse(text: &str) -> Option<Waveform> {
        let peak = |text: &str| {
            let peak = digits(text)?.parse().ok()?;
            (peak <= HIGHEST_PEAK).then_some(peak)
        };
        let peaks = text.split(',').take(MAX_PEAKS + 1).map(peak);
        let peaks: Vec<u8> = peaks.collect::<Option<_>>()?;
        (peaks.len() <= MAX_PEAKS).then_some(Waveform(peaks))
    }

    /// Returns the peaks in order.
    pub fn peaks(&self) -> &[u8] {
        &self.0
    }

    /// Formats the waveform for [`Waveform::parse`].
    fn text(&self) -> String {
        let peaks: Vec<String> = self.0.iter().map(u8::to_string).collect();
        peaks.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(pairs: &[(&str, &str)]) -> String {
        let pair = |(key, value): &(&str, &str)| format!("{key} {}", BASE64_STANDARD.encode(value));
        pairs.iter().map(pair).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn the_name_of_a_file_is_in_the_metadata() {
        for (metadata, name) in [
            ("filename cGxhbi5wZGY=", "plan.pdf"),
            ("type YQ==,filename w6Qu", "ä."),
            ("name cGxhbi5wZGY=, is_ok", "plan.pdf"),
            ("filename ***", ""),
            ("filename", ""),
            ("", ""),
        ] {
            assert_eq!(Metadata::parse(metadata).name, name, "{metadata}");
        }
    }

    #[test]
    fn durations_out_of_bounds_are_left_out() {
        for (text, expected) in [
            ("1", Some(1)),
            ("86400000", Some(MAX_DURATION)),
            ("86400001", None),
            ("0", None),
            ("", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("1e3", None),
            ("NaN", None),
            ("99999999999999999999", None),
        ] {
            let metadata = Metadata::parse(&encoded(&[("duration", text)]));
            assert_eq!(metadata.media.duration, expected, "{text}");
        }
    }

    #[test]
    fn waveforms_out_of_bounds_are_left_out() {
        let most = ["31"; MAX_PEAKS].join(",");
        for (text, is_taken) in [
            ("0", true),
            ("0,31,7", true),
            (&*most, true),
            (&*format!("{most},1"), false),
            ("", false),
            ("1,", false),
            ("32", false),
            ("256", false),
            ("-1", false),
            ("1, 2", false),
            ("<b>", false),
        ] {
            let voice = encoded(&[("kind", "voice"), ("waveform", text)]);
            let waveform = Metadata::parse(&voice).media.waveform;
            assert_eq!(waveform.is_some(), is_taken, "{text}");
            let again = waveform.map(|waveform| waveform.text());
            assert_eq!(again.as_deref(), is_taken.then_some(text));
        }
        let other = encoded(&[("kind", "song"), ("waveform", "1,2")]);
        assert_eq!(Metadata::parse(&other).media, Media::default());
    }
}
