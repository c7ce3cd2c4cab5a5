//! Attachments of messages: their part in the searchable text, and their representation in requests.

use serde::Deserialize;

use super::markup;
use crate::{
    error::Result,
    files::{Attachment, PostedFile},
};

/// Returns the searchable text: the visible text followed by the file names. Returns `None` if it equals the body.
pub fn seen(body: &str, html: &str, files: &[Attachment]) -> Option<String> {
    if files.is_empty() {
        return markup::seen(body, html);
    }
    let visible = markup::line_of_html(html);
    Some(with_names(visible, files))
}

/// Appends file names to a one-line text.
pub fn with_names(text: String, files: &[Attachment]) -> String {
    let names = files.iter().map(|file| file.name.as_str());
    let parts = std::iter::once(text.as_str()).chain(names);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// Returns the excerpt of a message without text: the number of its files.
pub fn summary(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    }
}

/// One or more texts: a list in JSON, or a single text from a form.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    fn into_vec(self) -> Vec<String> {
        match self {
            Texts::One(text) => vec![text],
            Texts::Many(texts) => texts,
        }
    }
}

/// Parses the files and alt texts of a new message. Empty ids are ignored.
///
/// # Errors
/// As for [`PostedFile::parse`].
pub fn posted(files: Option<Texts>, alts: Option<Texts>) -> Result<Vec<PostedFile>> {
    let mut tokens = files.map(Texts::into_vec).unwrap_or_default();
    tokens.retain(|token| !token.is_empty());
    PostedFile::parse(tokens, alts.map(Texts::into_vec).unwrap_or_default())
}
