//! Reading of bytes from the front of a slice. The end of the slice is a [`Refusal`], not a panic.

use super::Refusal;

/// Bytes that are still to read.
#[derive(Clone, Copy)]
pub(super) struct ByteReader<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> ByteReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> ByteReader<'a> {
        ByteReader { rest: bytes }
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Refusal::Broken)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Refusal::Broken)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// The next byte. `None` at the end.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    /// Skips bytes which must be there.
    pub(super) fn expect(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        match self.rest.strip_prefix(bytes) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(Refusal::Broken),
        }
    }

    /// Number of 16 bits, most significant byte first.
    pub(super) fn u16_be(&mut self) -> Result<u16, Refusal> {
        self.array().map(u16::from_be_bytes)
    }

    /// Number of 16 bits, least significant byte first.
    pub(super) fn u16_le(&mut self) -> Result<u16, Refusal> {
        self.array().map(u16::from_le_bytes)
    }

    /// Number of 24 bits, least significant byte first.
    pub(super) fn u24_le(&mut self) -> Result<u32, Refusal> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_le_bytes([a, b, c, 0]))
    }

    /// Number of 32 bits, most significant byte first.
    pub(super) fn u32_be(&mut self) -> Result<u32, Refusal> {
        self.array().map(u32::from_be_bytes)
    }

    /// Number of 32 bits, least significant byte first.
    pub(super) fn u32_le(&mut self) -> Result<u32, Refusal> {
        self.array().map(u32::from_le_bytes)
    }
}
