//! Files of a new message: upload tokens and alt texts.

use std::collections::HashSet;

use crate::error::{Error, Result};

/// Maximum number of files per message.
pub const MAX_FILES: usize = 10;
/// Maximum length of an alt text in characters.
const MAX_ALT: usize = 1_000;

/// Finished upload that a user attaches to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedFile {
    pub token: String,
    pub alt: String,
}

impl PostedFile {
    /// Creates a file without alt text.
    pub(super) fn without_alt(token: String) -> PostedFile {
        let alt = String::new();
        PostedFile { token, alt }
    }

    /// Parses the files of a message. Missing alt texts are left empty.
    ///
    /// # Errors
    /// `Invalid` if there are too many files, a file is repeated, or an alt text is too long.
    pub fn parse(tokens: Vec<String>, alts: Vec<String>) -> Result<Vec<PostedFile>> {
        let invalid = |why: &str| Err(Error::Invalid(why.into()));
        if tokens.len() > MAX_FILES {
            return invalid("A message can have up to 10 files. Send the rest in another message.");
        }
        let unique: HashSet<&String> = tokens.iter().collect();
        if unique.len() < tokens.len() {
            return invalid("You’ve attached the same file twice. Remove one of them.");
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

/// Parses an alt text, which may be empty.
///
/// # Errors
/// `Invalid` above 1,000 characters.
pub fn description(typed: &str) -> Result<String> {
    match typed.chars().count() > MAX_ALT {
        true => Err(Error::Invalid(
            "Descriptions can be at most 1,000 characters.".into(),
        )),
        false => Ok(typed.trim().to_owned()),
    }
}
