//! Usernames: rules for valid ones, and keys that are equal for names that count as the same.

mod system;
#[cfg(test)]
mod tests;

pub use system::{is_system_name, is_system_username};

use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::{MixedScript, confusable_detection::skeleton};

use crate::{db::accents::without_accents, web::line_ends::is_line_end};

/// Limit of a name after normalisation (characters).
const MAX_CHARS: usize = 32;
/// Limit of the text that is parsed (bytes). A longer one cannot become a name.
const MAX_BYTES: usize = 2048;
/// Limit of combining marks in a row. More would overlap the lines around the name.
const MAX_MARKS: usize = 3;
/// Reserved names: senders in the plain-text protocol, and words that mention all members of a room.
const RESERVED: [&str; 7] = [
    "server", "me", "system", "room", "channel", "everyone", "here",
];
/// Reserved name whose look-alikes are allowed: Ali is a common name.
const RESERVED_EXACTLY: &str = "all";
const COMBINING_DOT: char = '\u{307}';

/// A valid username: 1 to 32 letters, digits, `_`, `-` and `.` of any script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    shown: String,
    keys: NameKeys,
}

/// Keys of a name, valid username or not. Names that share one of them can be taken for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameKeys {
    /// Equal for names that differ only in case or look alike (see [`fold`]).
    pub key: String,
    /// Equal for names that look alike in capitals. Greek Γ and Cyrillic Г do, although their small letters look like
    /// y and r.
    pub look: String,
    /// Equal for names whose letters and numbers look alike, whatever stands between them. Accents do not count. Empty
    /// for a name without letters and numbers.
    pub letters: String,
}

impl NameKeys {
    /// Keys of a text.
    pub fn of(name: &str) -> NameKeys {
        NameKeys {
            key: fold(name),
            look: skeleton(&name.nfkc().collect::<String>().to_uppercase()).collect(),
            letters: letters(name),
        }
    }
}

impl Username {
    /// Parses a name as typed. The error is a sentence for the user.
    pub fn parse(text: &str) -> Result<Username, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("Enter a username.");
        }
        if text.len() > MAX_BYTES {
            return Err(TOO_LONG);
        }
        let shown: String = text.nfkc().collect();
        check(&shown)?;
        let keys = NameKeys::of(&shown);
        let is_reserved = RESERVED.iter().any(|name| fold(name) == keys.key);
        if is_reserved || shown.eq_ignore_ascii_case(RESERVED_EXACTLY) {
            return Err(RESERVED_NAME);
        }
        Ok(Username { shown, keys })
    }

    /// Whether it passes for the server or the people who run it.
    pub fn is_of_system(&self) -> bool {
        is_system_username(&self.shown)
    }

    /// Name as displayed, in NFKC.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Unique key, equal for names that differ only in case or look alike.
    pub fn key(&self) -> &str {
        &self.keys.key
    }

    /// All keys.
    pub fn keys(&self) -> &NameKeys {
        &self.keys
    }
}

/// Whether a letter has more combining marks than a username may have.
pub fn is_stacked(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        marks > MAX_MARKS
    })
}

/// Refusal of a reserved name.
pub const RESERVED_NAME: &str = "That username is reserved. Try another.";
const TOO_LONG: &str = "Usernames can be at most 32 characters.";

fn check(name: &str) -> Result<(), &'static str> {
    if name.chars().count() > MAX_CHARS {
        return Err(TOO_LONG);
    }
    if name.chars().any(is_invisible) {
        return Err("Usernames can’t contain invisible characters.");
    }
    let mut marks = 0;
    for (at, c) in name.chars().enumerate() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if at == 0 && marks > 0 {
            return Err("Usernames must start with a letter or number.");
        }
        if marks > MAX_MARKS {
            return Err("That username has too many accents on one letter.");
        }
        if marks == 0 && !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.') {
            return Err("Usernames can only contain letters, numbers, and _ - .");
        }
    }
    if !name.chars().any(char::is_alphanumeric) {
        return Err("Usernames need at least one letter or number.");
    }
    Ok(())
}

/// Whether a character is invisible or changes the direction of text: the bidi controls and the property
/// Default_Ignorable_Code_Point.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Key of any text, valid name or not, for looking names up.
///
/// It is based on the skeleton of UTS 39, section 4, which ignores case: `I` looks like `l` and `В` like `B`,
/// but `i` and `в` do not. Each letter therefore has the key of its look in the one of its two cases that
/// resembles ASCII, and `i`, `I`, `l`, `1` are one letter. `Admin`, `АDМIN` and `аdmin` share a key; `Ella` and
/// `Elia` do, too.
pub fn fold(text: &str) -> String {
    match text.is_ascii() {
        true => text.trim().bytes().map(ascii_key).collect(),
        false => fold_any(text),
    }
}

/// The key of an ASCII character, from a table: most names and words are ASCII.
fn ascii_key(c: u8) -> &'static str {
    static KEYS: LazyLock<Vec<String>> =
        LazyLock::new(|| (0..128).map(|c: u8| fold_char(c.into(), false)).collect());
    &KEYS[usize::from(c)]
}

/// The part of a key that stands for a character.
fn fold_char(c: char, mixed: bool) -> String {
    look(c, mixed).replace('i', "l")
}

/// [`fold`] for a text with any characters.
fn fold_any(text: &str) -> String {
    let name: String = text.nfkc().nfd().collect();
    let name = name.trim();
    let mixed = !name.is_single_script();
    let mut key = String::with_capacity(name.len());
    for c in name.chars() {
        match fold_char(c, mixed) {
            // The Turkish dotted capital I is an i.
            dot if dot.starts_with(COMBINING_DOT) && key.ends_with('l') => {}
            part => key.push_str(&part),
        }
    }
    key.nfc().collect()
}

/// The key of the letters and numbers of a text, without accents.
pub fn letters(text: &str) -> String {
    let bare = without_accents(text);
    fold(&bare.replace(|c: char| !c.is_alphanumeric(), ""))
}

/// A key of a username, equal for names that differ only in case, accents, look-alikes, or punctuation at either end.
pub fn core(text: &str) -> String {
    let bare = without_accents(text);
    fold(bare.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// Lower-case text that represents all look-alikes of a character.
fn look(c: char, mixed: bool) -> String {
    let upper: String = c.to_lowercase().flat_map(char::to_uppercase).collect();
    let small: String = upper.chars().flat_map(char::to_lowercase).collect();
    match (ascii_look(&upper), ascii_look(&small)) {
        // The two cases resemble different letters: Greek Ν resembles N, but ν resembles v. In a name of one
        // script it is a letter of that script. In a mixed name its own look counts.
        (Some(large), Some(little)) if large != little && mixed && !c.is_ascii() => {
            ascii_look(c.encode_utf8(&mut [0; 4])).unwrap_or(large)
        }
        (Some(look), _) | (None, Some(look)) => look,
        (None, None) => skeleton(&small).collect::<String>().to_lowercase(),
    }
}

/// The lower-case ASCII text that looks like this one, if there is one.
fn ascii_look(text: &str) -> Option<String> {
    let look: String = skeleton(text).collect();
    // A second time, because M has no look-alike, but m resembles rn.
    look.is_ascii()
        .then(|| skeleton(&look.to_ascii_lowercase()).collect())
}

/// The name under which a user is shown: the display name, or the username without one.
pub fn shown_name<'a>(username: &'a str, display_name: &'a str) -> &'a str {
    match display_name {
        "" => username,
        name => name,
    }
}

/// Joins a text into one line without invisible characters and repeated or outer blanks.
pub fn one_line(text: &str) -> String {
    let visible = text.chars().map(|c| match c {
        c if is_line_end(c) || c.is_control() || is_invisible(c) && !joins(c) => ' ',
        c => c,
    });
    let visible: String = visible.collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character is an invisible joiner, which emoji and some scripts need.
fn joins(c: char) -> bool {
    matches!(
        c,
        '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}' | '\u{E0020}'..='\u{E007F}'
    )
}
