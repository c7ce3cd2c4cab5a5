//! Pages with a shared middle part. The middle is rendered and compressed once and joined with the personal parts
//! of each response.

use std::sync::{Arc, OnceLock};

use askama::{Template, filters::Safe};

use super::gzip::{self, Part, Precompressed};
use crate::error::{Error, Result};

/// HTML that many responses share.
pub struct CachedHtml {
    html: String,
    precompressed: OnceLock<Precompressed>,
}

impl CachedHtml {
    /// Shares `html`. It is compressed when first needed.
    pub fn new(html: String) -> Arc<CachedHtml> {
        Arc::new(CachedHtml {
            html,
            precompressed: OnceLock::new(),
        })
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.html.len()
    }

    /// Whether the HTML is empty.
    pub fn is_empty(&self) -> bool {
        self.html.is_empty()
    }

    fn precompressed(&self) -> &Precompressed {
        let compress = || Precompressed::new(self.html.as_bytes());
        self.precompressed.get_or_init(compress)
    }
}

/// Placeholder of the shared HTML in a template. Texts of users cannot contain it: control characters are removed.
pub const CONTENT_SLOT: Safe<&str> = Safe("\0");

/// Page with a shared middle part.
#[derive(Clone)]
pub struct CachedPage {
    head: String,
    middle: Arc<CachedHtml>,
    foot: String,
}

impl CachedPage {
    /// Renders `page`, which must have a [`CONTENT_SLOT`] for `middle`.
    pub fn with_middle(page: &impl Template, middle: Arc<CachedHtml>) -> Result<CachedPage> {
        let page = page.render()?;
        let missing = || Error::Internal("a page without a content slot".into());
        let (head, foot) = page.split_once(CONTENT_SLOT.0).ok_or_else(missing)?;
        Ok(CachedPage {
            head: head.to_owned(),
            middle,
            foot: foot.to_owned(),
        })
    }

    /// Page that consists of shared HTML only.
    pub fn whole(middle: Arc<CachedHtml>) -> CachedPage {
        let (head, foot) = (String::new(), String::new());
        CachedPage { head, middle, foot }
    }

    /// Uncompressed HTML.
    pub fn html(&self) -> String {
        [&*self.head, &*self.middle.html, &*self.foot].concat()
    }

    /// HTML as one gzip member.
    pub fn gzip(&self) -> Vec<u8> {
        gzip::member(&[
            Part::Text(self.head.as_bytes()),
            Part::Precompressed(self.middle.precompressed()),
            Part::Text(self.foot.as_bytes()),
        ])
    }
}
