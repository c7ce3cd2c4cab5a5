//! The files of messages: how a text tells of them, and how forms and programs name them.

use serde::Deserialize;

use super::markup;
use crate::{
    error::Result,
    files::{Attachment, PostedFile},
};

/// The text that is searched: the one that readers see, and the names of the files. `None` if it is the body.
pub fn seen(body: &str, html: &str, files: &[Attachment]) -> Option<String> {
    if files.is_empty() {
        return markup::seen(body, html);
    }
    let visible = markup::line_of_html(html);
    Some(with_names(visible, files))
}

/// A text of one line, and the names of files after it.
pub fn with_names(text: String, files: &[Attachment]) -> String {
    let names = files.iter().map(|file| file.name.as_str());
    let parts = std::iter::once(text.as_str()).chain(names);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// Excerpt of a message without a text: the number of its files.
pub fn summary(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    }
}

/// Several texts: a list in JSON, one text in a form.
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

/// Files and descriptions as a post names them. Empty ids are left out.
pub fn posted(files: Option<Texts>, alts: Option<Texts>) -> Result<Vec<PostedFile>> {
    let mut tokens = files.map(Texts::into_vec).unwrap_or_default();
    tokens.retain(|token| !token.is_empty());
    PostedFile::parse(tokens, alts.map(Texts::into_vec).unwrap_or_default())
}
