//! Pages with a shared middle part. The middle is rendered and compressed once and joined with the personal parts
//! of each response.

use std::sync::{Arc, OnceLock};

use askama::{Template, filters::Safe};
use bytes::Bytes;

use super::gzip::{self, Part, Precompressed};
use crate::error::{Error, Result};

/// HTML or JSON that many responses share.
pub struct CachedText {
    text: Bytes,
    precompressed: OnceLock<Precompressed>,
}

impl CachedText {
    /// Shares `text`. It is compressed when first needed.
    pub fn new(text: String) -> Arc<CachedText> {
        Arc::new(CachedText {
            text: text.into(),
            precompressed: OnceLock::new(),
        })
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn precompressed(&self) -> &Precompressed {
        let compress = || Precompressed::new(&self.text);
        self.precompressed.get_or_init(compress)
    }
}

/// Placeholder of the shared HTML in a template. Texts of users cannot contain it: control characters are removed.
pub const CONTENT_SLOT: Safe<char> = Safe('\0');

/// Page with a shared middle part.
#[derive(Clone)]
pub struct CachedPage {
    /// Personal parts: the text before the middle, and the text after it.
    personal: String,
    /// Length of the text before the middle (bytes).
    head_len: usize,
    middle: Arc<CachedText>,
}

impl CachedPage {
    /// Renders `page`, which must have a [`CONTENT_SLOT`] for `middle`.
    pub fn with_middle(page: &impl Template, middle: Arc<CachedText>) -> Result<CachedPage> {
        let mut personal = page.render()?;
        let missing = || Error::Internal("a page without a content slot".into());
        let head_len = personal.find(CONTENT_SLOT.0).ok_or_else(missing)?;
        personal.remove(head_len);
        Ok(CachedPage {
            personal,
            head_len,
            middle,
        })
    }

    /// Page that consists of the shared text only.
    pub fn whole(middle: Arc<CachedText>) -> CachedPage {
        CachedPage {
            personal: String::new(),
            head_len: 0,
            middle,
        }
    }

    /// Uncompressed text. A page without personal parts shares its memory.
    pub fn text(&self) -> Bytes {
        if self.personal.is_empty() {
            return self.middle.text.clone();
        }
        let (head, foot) = self.personal.as_bytes().split_at(self.head_len);
        [head, &self.middle.text, foot].concat().into()
    }

    /// Text as one gzip member.
    pub fn gzip(&self) -> Vec<u8> {
        let (head, foot) = self.personal.split_at(self.head_len);
        gzip::member(&[
            Part::Text(head.as_bytes()),
            Part::Precompressed(self.middle.precompressed()),
            Part::Text(foot.as_bytes()),
        ])
    }
}
