//! Small pictures, such as emoji: reduced as a whole, or animated as they are.

use std::io::Read;

use super::{Refusal, copies, decode, strip};
use crate::files::media_type::MediaType;

/// Longest side of a picture that is reduced, in pixels.
const MAX_STILL: u32 = 512;
/// Longest side of an animation and of its frames in pixels. It keeps its size.
const MAX_ANIMATED: u32 = 256;

/// A small picture without metadata.
#[derive(Debug)]
pub struct ReducedPicture {
    pub bytes: Vec<u8>,
    /// First frame of an animation.
    pub still: Option<Vec<u8>>,
}

/// Reduces a picture so that its longest side is at most `side` pixels. An animation stays as it is, without its metadata,
/// and gets a still copy of this size.
///
/// # Errors
/// `TooManyPixels` for more than 512 × 512 pixels, or 256 × 256 of an animation.
pub fn reduce_to(
    side: u32,
    bytes: &[u8],
    media_type: MediaType,
) -> Result<ReducedPicture, Refusal> {
    let stripped = strip::strip(bytes, media_type)?;
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
