//! Re-encoding of video posters.

use super::{Refusal, copies, decode, strip};
use crate::MediaType;

/// Maximum number of pixels of a poster. Browsers send small ones, and posters don't count towards quotas.
const MAX_POSTER_PIXELS: u64 = 4_000_000;

/// Poster ready to be stored: upright, without metadata, and at most 720 px on each side.
#[derive(Debug)]
pub struct EncodedPoster {
    /// Size in pixels.
    pub width: u32,
    pub height: u32,
    /// JPEG, or PNG if the poster has transparency.
    pub bytes: Vec<u8>,
}

/// Re-encodes the first frame of a picture as a poster.
pub fn poster(bytes: &[u8], media_type: MediaType) -> Result<EncodedPoster, Refusal> {
    let stripped = strip::strip_whole(bytes, media_type)?;
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
