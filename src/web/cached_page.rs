//! A page in three parts, of which the middle is the same for many readers: it is rendered and
//! compressed once, and stitched into an answer for each.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use askama::{FastWritable, Template, Values, filters::HtmlSafe};

use super::gzip::{self, Kept, Part};
use crate::error::{Error, Result};

/// HTML that is the same for many readers.
pub struct CachedHtml {
    html: String,
    kept: OnceLock<Kept>,
}

impl CachedHtml {
    /// Compressed when somebody wants it so.
    pub fn new(html: String) -> Arc<CachedHtml> {
        Arc::new(CachedHtml {
            html,
            kept: OnceLock::new(),
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

    fn kept(&self) -> &Kept {
        self.kept.get_or_init(|| Kept::new(self.html.as_bytes()))
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
pub struct CachedPage {
    head: String,
    middle: Arc<CachedHtml>,
    foot: String,
}

impl CachedPage {
    /// A page that has a [`Slot`] where `middle` belongs.
    ///
    /// # Errors
    /// `Internal` when the template fails or has no slot.
    pub fn around(page: &impl Template, middle: Arc<CachedHtml>) -> Result<CachedPage> {
        let page = page.render()?;
        let (head, foot) = page
            .split_once(MARK)
            .ok_or_else(|| Error::Internal("a page without a slot".into()))?;
        Ok(CachedPage {
            head: head.to_owned(),
            middle,
            foot: foot.to_owned(),
        })
    }

    /// A page that is the same for everyone.
    pub fn only(middle: Arc<CachedHtml>) -> CachedPage {
        CachedPage {
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
        gzip::member(&[
            Part::Fresh(self.head.as_bytes()),
            Part::Kept(self.middle.kept()),
            Part::Fresh(self.foot.as_bytes()),
        ])
    }
}
