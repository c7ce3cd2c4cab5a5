//! Media type detection. Only the content counts, never the file name.

mod tracks;

/// Number of leading bytes needed to detect a type.
pub const SNIFFED: usize = 4096;

/// Media types that the server can detect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    Jpeg,
    Png,
    Gif,
    Webp,
    Avif,
    /// MPEG-4 with a video track, or whose tracks can't be determined.
    Mp4,
    QuickTime,
    /// WebM with a video track, or whose tracks can't be determined.
    Webm,
    /// Audio-only WebM.
    WebmSound,
    Mp3,
    Wav,
    /// Audio-only Ogg.
    Ogg,
    Flac,
    /// Audio-only MPEG-4.
    M4a,
    Pdf,
    /// ZIP archive. Documents in OOXML and OpenDocument formats are ZIP archives too.
    Zip,
    /// UTF-8 text, including HTML, SVG, XML and scripts.
    Text,
    /// Any other content, or an empty file.
    Binary,
}

const ALL: [MediaType; 18] = [
    MediaType::Jpeg,
    MediaType::Png,
    MediaType::Gif,
    MediaType::Webp,
    MediaType::Avif,
    MediaType::Mp4,
    MediaType::QuickTime,
    MediaType::Webm,
    MediaType::WebmSound,
    MediaType::Mp3,
    MediaType::Wav,
    MediaType::Ogg,
    MediaType::Flac,
    MediaType::M4a,
    MediaType::Pdf,
    MediaType::Zip,
    MediaType::Text,
    MediaType::Binary,
];

/// Signatures: leading bytes, bytes at offset 8 (may be empty), and the resulting type.
const SIGNATURES: [(&[u8], &[u8], MediaType); 15] = [
    (b"\xFF\xD8\xFF", b"", MediaType::Jpeg),
    (b"\x89PNG\r\n\x1A\n", b"", MediaType::Png),
    (b"GIF87a", b"", MediaType::Gif),
    (b"GIF89a", b"", MediaType::Gif),
    (b"RIFF", b"WEBP", MediaType::Webp),
    (b"RIFF", b"WAVE", MediaType::Wav),
    (b"ID3\x02", b"", MediaType::Mp3),
    (b"ID3\x03", b"", MediaType::Mp3),
    (b"ID3\x04", b"", MediaType::Mp3),
    (b"OggS\x00", b"", MediaType::Ogg),
    (b"fLaC", b"", MediaType::Flac),
    (b"%PDF-", b"", MediaType::Pdf),
    (b"PK\x03\x04", b"", MediaType::Zip),
    (b"PK\x05\x06", b"", MediaType::Zip),
    (b"PK\x07\x08", b"", MediaType::Zip),
];

/// Major brands of the `ftyp` box (ISO/IEC 14496-12) that don't denote MPEG-4 video. `mif1` and `msf1` denote AVIF if
/// `avif` is among the compatible brands.
const BRANDS: [(&[u8; 4], MediaType); 16] = [
    (b"avif", MediaType::Avif),
    (b"avis", MediaType::Avif),
    (b"M4A ", MediaType::M4a),
    (b"M4B ", MediaType::M4a),
    (b"qt  ", MediaType::QuickTime),
    (b"heic", MediaType::Binary),
    (b"heix", MediaType::Binary),
    (b"heim", MediaType::Binary),
    (b"heis", MediaType::Binary),
    (b"hevc", MediaType::Binary),
    (b"hevx", MediaType::Binary),
    (b"mif1", MediaType::Binary),
    (b"msf1", MediaType::Binary),
    (b"jp2 ", MediaType::Binary),
    (b"crx ", MediaType::Binary),
    (b"f4v ", MediaType::Binary),
];

/// First bytes of an EBML file, the container format of Matroska and WebM.
const EBML: &[u8] = b"\x1A\x45\xDF\xA3";
/// `DocType` element of WebM: identifier, length (4) and value.
const WEBM_DOC_TYPE: &[u8] = b"\x42\x82\x84webm";
/// Number of leading bytes in which the EBML `DocType` is searched.
const EBML_HEADER: usize = 128;
/// Number of leading bytes of an Ogg stream that are searched for a video codec.
const OGG_HEADERS: usize = 512;

impl MediaType {
    /// Detects the media type. `start` is the first [`SNIFFED`] bytes of the file, or all of a shorter file.
    pub fn detect(start: &[u8]) -> MediaType {
        let start = start.get(..SNIFFED).unwrap_or(start);
        by_signature(start)
            .or_else(|| by_brand(start))
            .or_else(|| by_doc_type(start))
            .or_else(|| is_mpeg_audio(start).then_some(MediaType::Mp3))
            .or_else(|| is_text(start).then_some(MediaType::Text))
            .unwrap_or(MediaType::Binary)
    }

    /// Returns the value for the `Content-Type` header.
    pub fn name(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Png => "image/png",
            MediaType::Gif => "image/gif",
            MediaType::Webp => "image/webp",
            MediaType::Avif => "image/avif",
            MediaType::Mp4 => "video/mp4",
            MediaType::QuickTime => "video/quicktime",
            MediaType::Webm => "video/webm",
            MediaType::WebmSound => "audio/webm",
            MediaType::Mp3 => "audio/mpeg",
            MediaType::Wav => "audio/wav",
            MediaType::Ogg => "audio/ogg",
            MediaType::Flac => "audio/flac",
            MediaType::M4a => "audio/mp4",
            MediaType::Pdf => "application/pdf",
            MediaType::Zip => "application/zip",
            MediaType::Text => "text/plain; charset=utf-8",
            MediaType::Binary => "application/octet-stream",
        }
    }

    /// Parses a name returned by [`MediaType::name`].
    pub fn from_name(name: &str) -> Option<MediaType> {
        ALL.into_iter().find(|known| known.name() == name)
    }

    /// Returns whether the server can decode it as a picture: JPEG, PNG, GIF or WebP.
    pub fn is_picture(self) -> bool {
        use MediaType::{Gif, Jpeg, Png, Webp};
        matches!(self, Jpeg | Png | Gif | Webp)
    }

    /// Returns whether browsers play it as video.
    pub fn is_video(self) -> bool {
        use MediaType::{Mp4, QuickTime, Webm};
        matches!(self, Mp4 | QuickTime | Webm)
    }

    /// Returns whether browsers play it as audio.
    pub fn is_audio(self) -> bool {
        use MediaType::{Flac, M4a, Mp3, Ogg, Wav, WebmSound};
        matches!(self, Flac | M4a | Mp3 | Ogg | Wav | WebmSound)
    }

    /// Returns whether browsers may display it inline from our origin: pictures, audio, video and PDF.
    ///
    /// Text is excluded because it may be HTML or SVG, and AVIF because its metadata isn't stripped. PDF is allowed
    /// because the viewer is part of the browser: it doesn't run in our origin, and the sandbox of the response doesn't
    /// affect it.
    pub fn is_inline(self) -> bool {
        self.is_picture() || self.is_video() || self.is_audio() || self == MediaType::Pdf
    }
}

/// Detects a type with a fixed signature.
fn by_signature(start: &[u8]) -> Option<MediaType> {
    let rest = start.get(8..).unwrap_or_default();
    let found = SIGNATURES
        .into_iter()
        .find(|(first, second, _)| start.starts_with(first) && rest.starts_with(second));
    match found?.2 {
        MediaType::Ogg if has_theora(start) => Some(MediaType::Binary),
        found => Some(found),
    }
}

/// Returns whether an Ogg stream contains Theora video, which browsers no longer play.
fn has_theora(start: &[u8]) -> bool {
    let headers = start.get(..OGG_HEADERS).unwrap_or(start);
    contains(headers, b"\x80theora")
}

/// Detects the type of an ISO base media file. Its `ftyp` box holds the major brand, a version and the compatible
/// brands.
fn by_brand(start: &[u8]) -> Option<MediaType> {
    let (length, rest) = start.split_first_chunk::<4>()?;
    let (name, rest) = rest.split_first_chunk::<4>()?;
    let (major, rest) = rest.split_first_chunk::<4>()?;
    if name != b"ftyp" {
        return None;
    }
    let length = u32::from_be_bytes(*length) as usize;
    let compatible = rest.get(..length.saturating_sub(12)).unwrap_or(rest);
    let (brands, _) = compatible.as_chunks::<4>();
    if matches!(major, b"mif1" | b"msf1") && brands.iter().any(|brand| brand == b"avif") {
        return Some(MediaType::Avif);
    }
    let known = BRANDS.into_iter().find(|(brand, _)| *brand == major);
    Some(match known {
        Some((_, found)) => found,
        None if tracks::mp4_is_sound(start) => MediaType::M4a,
        None => MediaType::Mp4,
    })
}

/// Detects WebM. Other Matroska files are treated as unknown because browsers don't play them.
fn by_doc_type(start: &[u8]) -> Option<MediaType> {
    let header = start.get(..EBML_HEADER).unwrap_or(start);
    if !header.starts_with(EBML) || !contains(header, WEBM_DOC_TYPE) {
        return None;
    }
    Some(match tracks::webm_is_sound(start) {
        true => MediaType::WebmSound,
        false => MediaType::Webm,
    })
}

/// Returns whether the file starts with an MPEG Layer III frame header that has a valid bit rate and sample rate.
fn is_mpeg_audio(start: &[u8]) -> bool {
    let Some([0xFF, second, third, ..]) = start.first_chunk::<4>() else {
        return false;
    };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (bit_rate, sample_rate) = (third >> 4, third >> 2 & 3);
    second & 0xE0 == 0xE0
        && version != 1
        && layer == 1
        && (1..15).contains(&bit_rate)
        && sample_rate != 3
}

/// Returns whether the bytes are UTF-8 without control characters other than tab, line feed, form feed and carriage
/// return. The last character of a full sample may be truncated.
fn is_text(start: &[u8]) -> bool {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && start.len() == SNIFFED => {
            let valid = &start[..error.valid_up_to()];
            std::str::from_utf8(valid).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\x0C' | '\r');
    !text.is_empty() && text.chars().all(is_allowed)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests;
