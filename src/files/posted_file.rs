//! Files of a post: finished uploads by their tokens, with descriptions.

use std::collections::HashSet;

use crate::error::{Error, Result};

/// The most files of a message.
pub const MAX_FILES: usize = 10;
/// The most characters of a picture's description.
const MAX_ALT: usize = 1_000;

/// A finished upload that a user posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedFile {
    pub token: String,
    pub alt: String,
}

impl PostedFile {
    /// A file without a description.
    pub(super) fn without_alt(token: String) -> PostedFile {
        let alt = String::new();
        PostedFile { token, alt }
    }

    /// Checks the files of a post. Missing descriptions are empty.
    ///
    /// # Errors
    /// `Invalid` for too many files, one that is named twice, or too long a description.
    pub fn parse(tokens: Vec<String>, alts: Vec<String>) -> Result<Vec<PostedFile>> {
        let invalid = |why: &str| Err(Error::Invalid(why.into()));
        if tokens.len() > MAX_FILES {
            return invalid("A message can have up to 10 files. Send the others in another one.");
        }
        let unique: HashSet<&String> = tokens.iter().collect();
        if unique.len() < tokens.len() {
            return invalid("The same file is attached twice.");
        }
        let alts: Vec<String> = alts
            .iter()
            .map(|alt| description(alt))
            .collect::<Result<_>>()?;
        let alts = alts.into_iter().chain(std::iter::repeat(String::new()));
        let files = tokens
            .into_iter()
            .zip(alts)
            .map(|(token, alt)| PostedFile { token, alt });
        Ok(files.collect())
    }
}

/// Checks the description of a picture, which may be empty.
///
/// # Errors
/// `Invalid` for more than 1,000 characters.
pub fn description(typed: &str) -> Result<String> {
    match typed.chars().count() > MAX_ALT {
        true => Err(Error::Invalid(
            "Descriptions can be at most 1,000 characters.".into(),
        )),
        false => Ok(typed.trim().to_owned()),
    }
}
