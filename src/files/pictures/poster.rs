//! Posters of videos, encoded anew.

use super::{super::media_type::MediaType, Refusal, copies, decode, strip};

/// Maximum number of pixels of a poster. Browsers send small ones, and a poster costs its sender nothing.
const MAX_POSTER_PIXELS: u64 = 4_000_000;

/// A poster as it is stored: upright and without metadata, its longest side at most 720 px.
#[derive(Debug)]
pub struct EncodedPoster {
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// JPEG, or PNG if parts are transparent.
    pub bytes: Vec<u8>,
}

/// Decodes a picture of a detected type and encodes its first frame anew.
pub fn poster(bytes: &[u8], media_type: MediaType) -> Result<EncodedPoster, Refusal> {
    let stripped = strip::strip(bytes, media_type)?;
    decode::check(&stripped, media_type)?;
    if u64::from(stripped.width) * u64::from(stripped.height) > MAX_POSTER_PIXELS {
        return Err(Refusal::TooManyPixels);
    }
    let frame = decode::first_frame(&stripped, media_type)?;
    let (width, height, bytes) = copies::encode_small(frame, stripped.orientation)?;
    Ok(EncodedPoster {
        width,
        height,
        bytes,
    })
}
