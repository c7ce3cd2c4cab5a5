//! A page in three parts, of which the middle is the same for many readers: it is rendered and
//! compressed once, and stitched into a gzip member of its own for each (RFC 1951, RFC 1952).

use std::{
    cell::RefCell,
    fmt,
    sync::{Arc, OnceLock},
};

use askama::{FastWritable, Template, Values, filters::HtmlSafe};
use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::error::{Error, Result};

/// Deflate, no flags, no time, unknown system (RFC 1952, section 2.3).
const HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
/// What is made for one answer: fast before small.
const ONCE: u32 = 1;
/// What is sent many times: small before fast.
const KEPT: u32 = 6;

// The compressor's tables take a few hundred kilobytes; to make them anew takes longer than to use them.
thread_local! {
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(ONCE), false));
}

/// HTML that is the same for many readers.
pub struct Sheet {
    html: String,
    deflated: OnceLock<(Vec<u8>, Crc)>,
}

impl Sheet {
    /// Compressed when somebody wants it so.
    pub fn new(html: String) -> Arc<Sheet> {
        Arc::new(Sheet {
            html,
            deflated: OnceLock::new(),
        })
    }

    /// Bytes of HTML.
    pub fn len(&self) -> usize {
        self.html.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.html.is_empty()
    }

    fn deflated(&self) -> &(Vec<u8>, Crc) {
        self.deflated.get_or_init(|| {
            let (mut out, mut crc) = (Vec::new(), Crc::new());
            let mut compress = Compress::new(Compression::new(KEPT), false);
            deflate(
                &mut compress,
                self.html.as_bytes(),
                &mut out,
                FlushCompress::Sync,
            );
            crc.update(self.html.as_bytes());
            (out, crc)
        })
    }
}

/// The place of a sheet in a template.
pub struct Slot;

/// No text that a person wrote holds it: control characters are left out.
const MARK: &str = "\0";

impl HtmlSafe for Slot {}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MARK)
    }
}

impl FastWritable for Slot {
    fn write_into(&self, out: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(out.write_str(MARK)?)
    }
}

/// A whole page.
#[derive(Clone)]
pub struct Pieces {
    head: String,
    middle: Arc<Sheet>,
    foot: String,
}

impl Pieces {
    /// A page that has a [`Slot`] where `middle` belongs.
    ///
    /// # Errors
    /// `Internal` when the template fails or has no slot.
    pub fn around(page: &impl Template, middle: Arc<Sheet>) -> Result<Pieces> {
        let page = page.render()?;
        let (head, foot) = page
            .split_once(MARK)
            .ok_or_else(|| Error::Internal("a page without a slot".into()))?;
        Ok(Pieces {
            head: head.to_owned(),
            middle,
            foot: foot.to_owned(),
        })
    }

    /// A page that is the same for everyone.
    pub fn only(middle: Arc<Sheet>) -> Pieces {
        Pieces {
            head: String::new(),
            middle,
            foot: String::new(),
        }
    }

    /// As it is.
    pub fn plain(&self) -> String {
        [&*self.head, &*self.middle.html, &*self.foot].concat()
    }

    /// As a gzip member.
    pub fn gzip(&self) -> Vec<u8> {
        let (middle, middle_crc) = self.middle.deflated();
        let (head, foot) = (self.head.as_bytes(), self.foot.as_bytes());
        let mut out = Vec::with_capacity(middle.len() + (head.len() + foot.len()) / 2 + 64);
        out.extend_from_slice(&HEADER);
        let mut crc = Crc::new();
        crc.update(head);
        crc.combine(middle_crc);
        crc.update(foot);
        COMPRESS.with_borrow_mut(|compress| {
            compress.reset();
            deflate(compress, head, &mut out, FlushCompress::Sync);
            out.extend_from_slice(middle);
            compress.reset(); // nothing after the middle may point before it
            deflate(compress, foot, &mut out, FlushCompress::Finish);
        });
        out.extend_from_slice(&crc.sum().to_le_bytes());
        out.extend_from_slice(&crc.amount().to_le_bytes());
        out
    }
}

/// Appends all of `bytes`, up to a byte boundary.
fn deflate(compress: &mut Compress, bytes: &[u8], out: &mut Vec<u8>, flush: FlushCompress) {
    loop {
        let rest = &bytes[compress.total_in() as usize..];
        out.reserve(rest.len() / 3 + 64);
        let _ = compress.compress_vec(rest, out, flush);
        if compress.total_in() == bytes.len() as u64 && out.len() < out.capacity() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn what_was_stitched_is_one_gzip_member_with_the_same_text() {
        let noise = |seed: u64| -> String {
            let next = |state: &mut u64| {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                Some(char::from(b' ' + (*state >> 58) as u8))
            };
            std::iter::repeat_with({
                let mut state = seed;
                move || next(&mut state)
            })
            .map_while(|c| c)
            .take(70_000)
            .collect()
        };
        let words = "<p>again and again</p>".repeat(400);
        for (head, middle, foot) in [
            ("", "", ""),
            ("<html>", "", "</html>"),
            ("", &*words, ""),
            (&*words, &*words, &*words),
            (&*noise(1), &*noise(2), &*noise(3)),
        ] {
            let pieces = Pieces {
                head: head.into(),
                middle: Sheet::new(middle.into()),
                foot: foot.into(),
            };
            let packed = pieces.gzip();
            let mut text = String::new();
            let mut decoder = GzDecoder::new(&packed[..]);
            decoder.read_to_string(&mut text).expect("valid gzip");
            assert_eq!(text, pieces.plain());
            assert!(
                decoder.into_inner().is_empty(),
                "one member, and nothing after it"
            );
        }
    }
}
