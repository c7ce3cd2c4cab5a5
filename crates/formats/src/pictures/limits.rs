//! Limits on the memory and time used to analyze a picture.

/// Maximum number of pixels of a still picture.
pub(super) const MAX_PIXELS: u64 = 50_000_000;
/// Maximum number of pixels of a GIF or of one frame of an animation.
pub(super) const MAX_ANIMATED_PIXELS: u64 = 12_500_000;
/// Maximum width and height in pixels.
pub(super) const MAX_SIDE: u32 = 20_000;
/// Maximum total of the file size and the memory to decode it, in bytes. Including the copies, an analysis uses less
/// than 64 MiB.
pub(super) const MAX_MEMORY: u64 = 44 << 20;
/// Maximum memory in bytes that a decoder may allocate besides the decoded pixels, as far as it tracks that.
pub(super) const MAX_WORKING: u64 = 16 << 20;
/// Maximum number of scans of a JPEG file. Typical progressive JPEGs have about ten.
pub(super) const MAX_SCANS: u64 = 100;
/// Maximum number of pixels times scans.
pub(super) const MAX_VISITS: u64 = 1_000_000_000;
/// Maximum size in bytes of a color profile. A larger one is removed from the original.
pub(super) const MAX_PROFILE: usize = 1024 * 1024;
