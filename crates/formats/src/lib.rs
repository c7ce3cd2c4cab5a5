//! File formats: media types by content, and pictures without their metadata.
//!
//! All functions are pure: bytes in, bytes out. A crate of its own, so that debug builds optimize it: decoding a picture
//! without optimization takes twenty times as long.

#![forbid(unsafe_code)]

mod media_type;
pub mod pictures;

pub use media_type::{MediaType, SNIFFED};
