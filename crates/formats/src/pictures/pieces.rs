//! Stripped picture as a list of slices of the received file, so that large parts aren't copied.

use std::{
    borrow::Cow,
    io::{self, BufRead, Read, Seek, SeekFrom},
};

use super::Refusal;

/// Length in bytes below which a slice is copied, so that many small slices use little memory.
const SMALL: usize = 64;
/// Maximum number of copied bytes. Real pictures contain few small slices.
const MAX_COPIED: usize = 4 << 20;

/// Sequence of borrowed and copied pieces.
#[derive(Debug, Default)]
pub struct Pieces<'a> {
    pieces: Vec<Cow<'a, [u8]>>,
    /// End offset of each piece.
    ends: Vec<usize>,
    copied: usize,
}

impl<'a> Pieces<'a> {
    /// Returns the total number of bytes.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Appends a slice of the received file.
    pub(super) fn push(&mut self, bytes: &'a [u8]) {
        match bytes.len() < SMALL {
            true => self.copy(bytes),
            false => {
                self.ends.push(self.len() + bytes.len());
                self.pieces.push(Cow::Borrowed(bytes));
            }
        }
    }

    /// Appends a copy of bytes.
    pub(super) fn copy(&mut self, bytes: &[u8]) {
        self.copied += bytes.len();
        match (self.pieces.last_mut(), self.ends.last_mut()) {
            (Some(Cow::Owned(last)), Some(end)) => {
                last.extend(bytes);
                *end += bytes.len();
            }
            _ => {
                self.ends.push(self.len() + bytes.len());
                self.pieces.push(Cow::Owned(bytes.to_vec()));
            }
        }
    }

    /// Appends all pieces of `other`.
    pub(super) fn append(&mut self, other: Pieces<'a>) {
        for piece in other.pieces {
            match piece {
                Cow::Borrowed(bytes) => self.push(bytes),
                Cow::Owned(bytes) => self.copy(&bytes),
            }
        }
    }

    /// Overwrites bytes at an offset. They must be within one copied piece.
    pub(super) fn patch(&mut self, at: usize, bytes: &[u8]) {
        let index = self.ends.partition_point(|end| *end <= at);
        let start = self.start(index);
        if let Some(Cow::Owned(piece)) = self.pieces.get_mut(index)
            && let Some(target) = piece.get_mut(at - start..at - start + bytes.len())
        {
            target.copy_from_slice(bytes);
        }
    }

    /// Checks the number of copied bytes.
    ///
    /// # Errors
    /// `Broken` if the picture has more small pieces than real ones have.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        match self.copied > MAX_COPIED {
            true => Err(Refusal::Broken),
            false => Ok(()),
        }
    }

    /// Returns a reader over all bytes.
    pub fn reader(&self) -> PiecesReader<'_> {
        PiecesReader {
            pieces: self,
            at: 0,
        }
    }

    /// Returns all bytes as one vector.
    #[cfg(test)]
    pub fn to_vec(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    fn start(&self, index: usize) -> usize {
        match index.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        }
    }

    /// Returns the bytes from an offset to the end of its piece; empty at the end.
    fn rest(&self, at: usize) -> &[u8] {
        let index = self.ends.partition_point(|end| *end <= at);
        match self.pieces.get(index) {
            Some(piece) => &piece[at - self.start(index)..],
            None => &[],
        }
    }
}

/// Reader over [`Pieces`] as one file.
pub struct PiecesReader<'a> {
    pieces: &'a Pieces<'a>,
    at: usize,
}

impl Read for PiecesReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.pieces.rest(self.at);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

impl BufRead for PiecesReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.pieces.rest(self.at))
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl Seek for PiecesReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => (self.at as u64).checked_add_signed(by),
            SeekFrom::End(by) => (self.pieces.len() as u64).checked_add_signed(by),
        };
        let at = at.ok_or(io::ErrorKind::InvalidInput)?;
        self.at = usize::try_from(at).map_err(|_| io::ErrorKind::InvalidInput)?;
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_as_one_file() {
        let source: Vec<u8> = (0..=255).collect();
        let mut pieces = Pieces::default();
        pieces.copy(b"????");
        pieces.push(&source[..100]);
        pieces.push(&source[100..103]);
        pieces.push(&source[103..104]);
        let mut inner = Pieces::default();
        inner.push(&source[104..]);
        pieces.append(inner);
        pieces.patch(1, b"ab");
        let expected = [b"?ab?", &source[..]].concat();
        assert_eq!(pieces.pieces.len(), 4);
        assert_eq!((pieces.to_vec(), pieces.len()), (expected.clone(), 260));
        let mut read = Vec::new();
        let mut reader = pieces.reader();
        reader.read_to_end(&mut read).expect("memory can be read");
        assert_eq!(read, expected);
        for at in [0, 3, 4, 103, 104, 107, 108, 259] {
            reader.seek(SeekFrom::Start(at)).expect("a position");
            let mut byte = [0];
            reader.read_exact(&mut byte).expect("a byte");
            assert_eq!(byte[0], expected[at as usize]);
        }
        assert_eq!(reader.seek(SeekFrom::End(0)).expect("the end"), 260);
        assert_eq!(reader.read(&mut [0]).expect("the end"), 0);
        assert!(reader.seek(SeekFrom::Current(-300)).is_err());
        assert!(pieces.check().is_ok());
    }

    #[test]
    fn many_small_pieces_are_refused() {
        let source = [0; 32];
        let mut pieces = Pieces::default();
        for _ in 0..=MAX_COPIED / source.len() {
            pieces.push(&source);
        }
        assert_eq!(pieces.pieces.len(), 1);
        assert_eq!(pieces.check(), Err(Refusal::Broken));
    }
}
