//! Gzip (RFC 1952) from parts. Each part is compressed by itself, some of them in advance; together they form one
//! member.

use std::cell::RefCell;

use flate2::{Compress, Compression, Crc, FlushCompress};

/// Deflate, no flags, no time, unknown system (section 2.3).
const HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
/// An empty block, and the last (RFC 1951, section 3.2.3).
const LAST: [u8; 2] = [3, 0];
/// Compression level of texts for one response: speed matters more than size.
const FAST: u32 = 1;
/// Compression level of texts for many responses: size matters more than speed.
const SMALL: u32 = 6;

// One compressor per thread: its tables take a few hundred kilobytes, and allocating them takes longer than using them.
thread_local! {
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(FAST), false));
}

/// Text that was compressed in advance.
pub struct Precompressed {
    deflated: Vec<u8>,
    crc: Crc,
}

impl Precompressed {
    /// Compresses `text`.
    pub fn new(text: &[u8]) -> Precompressed {
        let (mut deflated, mut crc) = (Vec::new(), Crc::new());
        let mut compress = Compress::new(Compression::new(SMALL), false);
        deflate(&mut compress, text, &mut deflated);
        crc.update(text);
        Precompressed { deflated, crc }
    }
}

/// Part of a text.
pub enum Part<'a> {
    /// Text to compress now.
    Text(&'a [u8]),
    /// Text compressed in advance.
    Precompressed(&'a Precompressed),
}

/// Joins all parts to one gzip member.
pub fn member(parts: &[Part]) -> Vec<u8> {
    let (mut out, mut crc) = (HEADER.to_vec(), Crc::new());
    for part in parts {
        match part {
            Part::Text(text) => {
                crc.update(text);
                COMPRESS.with_borrow_mut(|compress| {
                    compress.reset(); // a part must not refer to bytes of another
                    deflate(compress, text, &mut out);
                });
            }
            Part::Precompressed(part) => {
                crc.combine(&part.crc);
                out.extend_from_slice(&part.deflated);
            }
        }
    }
    out.extend_from_slice(&LAST);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out
}

/// Appends `text` compressed, up to a byte boundary.
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

    /// Text that compresses badly.
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
    fn joined_parts_are_one_small_member_with_the_same_text() {
        let words = "<p>again and again</p>".repeat(400);
        for (head, middle, foot) in [
            ("", "", ""),
            ("<html>", "", "</html>"),
            ("", &*words, ""),
            (&*words, &*words, &*words),
            (&*noise(1), &*noise(2), &*noise(3)),
        ] {
            let precompressed = Precompressed::new(middle.as_bytes());
            let compressed = member(&[
                Part::Text(head.as_bytes()),
                Part::Precompressed(&precompressed),
                Part::Text(foot.as_bytes()),
            ]);
            let mut text = String::new();
            let mut decoder = GzDecoder::new(&compressed[..]);
            decoder.read_to_string(&mut text).expect("valid gzip");
            assert_eq!(text, [head, middle, foot].concat());
            assert!(decoder.into_inner().is_empty(), "one member");
        }
        let length = member(&[Part::Text(words.as_bytes())]).len();
        let all = words.len();
        assert!(length < all / 20, "{length} of {all} bytes");
    }
}
