//! Reader of bytes from a slice. Reading beyond the end is a [`Refusal`], not a panic.

use super::Refusal;

/// Bytes left to read.
#[derive(Clone, Copy)]
pub(super) struct ByteReader<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> ByteReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> ByteReader<'a> {
        ByteReader { rest: bytes }
    }

    /// Reads the next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Refusal::Broken)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads the next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Refusal::Broken)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Reads the next byte, or returns `None` at the end.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    /// Consumes the given bytes, which must come next.
    pub(super) fn expect(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        match self.rest.strip_prefix(bytes) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(Refusal::Broken),
        }
    }

    /// Reads a big-endian `u16`.
    pub(super) fn u16_be(&mut self) -> Result<u16, Refusal> {
        self.array().map(u16::from_be_bytes)
    }

    /// Reads a little-endian `u16`.
    pub(super) fn u16_le(&mut self) -> Result<u16, Refusal> {
        self.array().map(u16::from_le_bytes)
    }

    /// Reads a little-endian 24-bit integer.
    pub(super) fn u24_le(&mut self) -> Result<u32, Refusal> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_le_bytes([a, b, c, 0]))
    }

    /// Reads a big-endian `u32`.
    pub(super) fn u32_be(&mut self) -> Result<u32, Refusal> {
        self.array().map(u32::from_be_bytes)
    }

    /// Reads a little-endian `u32`.
    pub(super) fn u32_le(&mut self) -> Result<u32, Refusal> {
        self.array().map(u32::from_le_bytes)
    }
}
