//! Small pictures, such as emoji. Still pictures are reduced; animations keep their size.

use std::io::Read;

use super::{Refusal, copies, decode, strip};
use crate::MediaType;

/// Maximum side length of a still picture in pixels, before it is reduced.
const MAX_STILL: u32 = 512;
/// Maximum side length of an animation and its frames in pixels.
const MAX_ANIMATED: u32 = 256;

/// Small picture without metadata.
#[derive(Debug)]
pub struct ReducedPicture {
    pub bytes: Vec<u8>,
    /// First frame, if the picture is animated.
    pub still: Option<Vec<u8>>,
}

/// Reduces a still picture to at most `side` pixels on each side. An animation only loses its metadata, and gets a
/// still copy of that size.
///
/// # Errors
/// `TooManyPixels` above 512 × 512 pixels, or 256 × 256 if animated. Otherwise as for [`analyse`](super::analyse).
pub fn reduce_to(
    side: u32,
    bytes: &[u8],
    media_type: MediaType,
) -> Result<ReducedPicture, Refusal> {
    let stripped = strip::strip_whole(bytes, media_type)?;
    decode::check(&stripped, media_type)?;
    let max = match stripped.is_animated {
        true => MAX_ANIMATED,
        false => MAX_STILL,
    };
    if stripped.longest_side > max {
        return Err(Refusal::TooManyPixels);
    }
    let frame = decode::first_frame(&stripped, media_type)?;
    let pixels = copies::upright(frame.pixels, stripped.orientation, side);
    let copy = copies::encode(&pixels, frame.profile.as_deref());
    let copy = copy.map_err(|_| Refusal::Broken)?;
    if !stripped.is_animated {
        return Ok(ReducedPicture {
            bytes: copy,
            still: None,
        });
    }
    let mut bytes = Vec::with_capacity(stripped.pieces.len());
    let read = stripped.pieces.reader().read_to_end(&mut bytes);
    read.map_err(|_| Refusal::Broken)?;
    Ok(ReducedPicture {
        bytes,
        still: Some(copy),
    })
}
