//! Pages with a shared middle part. The middle is rendered and compressed once and joined with the personal parts
//! of each response.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use askama::{FastWritable, Template, Values, filters::HtmlSafe};

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
        self.precompressed
            .get_or_init(|| Precompressed::new(self.html.as_bytes()))
    }
}

/// Placeholder of the shared HTML in a template.
pub struct ContentSlot;

/// Text of the placeholder. Texts of users cannot contain it: control characters are removed.
const PLACEHOLDER: &str = "\0";

impl HtmlSafe for ContentSlot {}

impl fmt::Display for ContentSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PLACEHOLDER)
    }
}

impl FastWritable for ContentSlot {
    fn write_into(&self, out: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(out.write_str(PLACEHOLDER)?)
    }
}

/// Page with a shared middle part.
#[derive(Clone)]
pub struct CachedPage {
    head: String,
    middle: Arc<CachedHtml>,
    foot: String,
}

impl CachedPage {
    /// Renders `page`, which has a [`ContentSlot`] for `middle`.
    ///
    /// # Errors
    /// `Internal` when the template fails or has no slot.
    pub fn with_middle(page: &impl Template, middle: Arc<CachedHtml>) -> Result<CachedPage> {
        let page = page.render()?;
        let (head, foot) = page
            .split_once(PLACEHOLDER)
            .ok_or_else(|| Error::Internal("a page without a content slot".into()))?;
        Ok(CachedPage {
            head: head.to_owned(),
            middle,
            foot: foot.to_owned(),
        })
    }

    /// Page that consists of shared HTML only.
    pub fn whole(middle: Arc<CachedHtml>) -> CachedPage {
        CachedPage {
            head: String::new(),
            middle,
            foot: String::new(),
        }
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
