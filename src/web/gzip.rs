//! Text as gzip (RFC 1952), in parts of which some are kept: each is compressed by itself, and they are
//! joined to one member.

use std::cell::RefCell;

use flate2::{Compress, Compression, Crc, FlushCompress};

/// Deflate, no flags, no time, unknown system (section 2.3).
const HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
/// An empty block, and the last (RFC 1951, section 3.2.3).
const LAST: [u8; 2] = [3, 0];
/// What is made for one answer: fast before small.
const ONCE: u32 = 1;
/// What is sent many times: small before fast.
const KEPT: u32 = 6;

// The compressor's tables take a few hundred kilobytes; to make them anew takes longer than to use them.
thread_local! {
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(ONCE), false));
}

/// A text that was compressed to be sent many times.
pub struct Kept {
    deflated: Vec<u8>,
    crc: Crc,
}

impl Kept {
    /// Compresses `text`.
    pub fn new(text: &[u8]) -> Kept {
        let (mut deflated, mut crc) = (Vec::new(), Crc::new());
        let mut compress = Compress::new(Compression::new(KEPT), false);
        deflate(&mut compress, text, &mut deflated);
        crc.update(text);
        Kept { deflated, crc }
    }
}

/// A part of a text.
pub enum Part<'a> {
    /// Compressed for this answer.
    Fresh(&'a [u8]),
    /// Compressed before.
    Kept(&'a Kept),
}

/// All parts as one member.
pub fn member(parts: &[Part]) -> Vec<u8> {
    let (mut out, mut crc) = (HEADER.to_vec(), Crc::new());
    for part in parts {
        match part {
            Part::Fresh(text) => {
                crc.update(text);
                COMPRESS.with_borrow_mut(|compress| {
                    compress.reset(); // no part may point into another one
                    deflate(compress, text, &mut out);
                });
            }
            Part::Kept(kept) => {
                crc.combine(&kept.crc);
                out.extend_from_slice(&kept.deflated);
            }
        }
    }
    out.extend_from_slice(&LAST);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out
}

/// Appends all of `text`, up to a byte boundary.
fn deflate(compress: &mut Compress, text: &[u8], out: &mut Vec<u8>) {
    loop {
        let rest = &text[compress.total_in() as usize..];
        out.reserve(rest.len() / 3 + 64);
        let _ = compress.compress_vec(rest, out, FlushCompress::Sync);
        if compress.total_in() == text.len() as u64 && out.len() < out.capacity() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    /// Text that hardly shrinks.
    fn noise(seed: u64) -> String {
        let mut state = seed;
        let next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b' ' + (state >> 58) as u8)
        };
        std::iter::repeat_with(next).take(70_000).collect()
    }

    #[test]
    fn what_was_joined_is_one_member_with_the_same_text() {
        let words = "<p>again and again</p>".repeat(400);
        for (head, middle, foot) in [
            ("", "", ""),
            ("<html>", "", "</html>"),
            ("", &*words, ""),
            (&*words, &*words, &*words),
            (&*noise(1), &*noise(2), &*noise(3)),
        ] {
            let kept = Kept::new(middle.as_bytes());
            let packed = member(&[
                Part::Fresh(head.as_bytes()),
                Part::Kept(&kept),
                Part::Fresh(foot.as_bytes()),
            ]);
            let mut text = String::new();
            let mut decoder = GzDecoder::new(&packed[..]);
            decoder.read_to_string(&mut text).expect("valid gzip");
            assert_eq!(text, [head, middle, foot].concat());
            assert!(
                decoder.into_inner().is_empty(),
                "one member, and nothing after it"
            );
        }
    }

    #[test]
    fn a_text_of_words_shrinks() {
        let words = "<p>again and again</p>".repeat(400);
        let fresh = member(&[Part::Fresh(words.as_bytes())]).len();
        assert!(fresh < words.len() / 20, "{fresh} of {} bytes", words.len());
    }
}
