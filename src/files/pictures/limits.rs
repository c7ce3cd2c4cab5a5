//! Limits that keep the memory and time of an analysis bounded.

/// Maximum number of pixels of a still picture.
pub(super) const MAX_PIXELS: u64 = 50_000_000;
/// Maximum number of pixels of a frame of an animation or a GIF.
pub(super) const MAX_ANIMATED_PIXELS: u64 = 12_500_000;
/// Maximum width and height in pixels.
pub(super) const MAX_SIDE: u32 = 20_000;
/// Maximum size in bytes of a file and of the memory to decode it together. With the reduced copies, an analysis takes
/// less than 64 MiB.
pub(super) const MAX_MEMORY: u64 = 44 << 20;
/// Memory in bytes that a decoder may take in addition to the decoded pixels, as far as it counts it.
pub(super) const MAX_WORKING: u64 = 16 << 20;
/// Maximum number of scans of a JPEG file. Usual progressive pictures have about ten.
pub(super) const MAX_SCANS: u64 = 100;
/// Maximum number of pixels times scans.
pub(super) const MAX_VISITS: u64 = 1_000_000_000;
/// Maximum size in bytes of a color profile. A larger one is removed from the original.
pub(super) const MAX_PROFILE: usize = 1024 * 1024;
