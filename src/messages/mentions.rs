//! Whom a text names with an @.

use crate::accounts::fold;

/// Mentions that take effect in one message.
pub const MOST: usize = 20;
/// The longest name.
const MOST_CHARS: usize = 32;

/// What may be a name at the start of a text, right after an @; it may be empty.
pub fn name(text: &str) -> &str {
    let end = text.find(|c| !may_be_in_a_name(c)).unwrap_or(text.len());
    &text[..end]
}

/// The names that a name as it was typed may stand for, the longest first, with their keys.
pub fn candidates(name: &str) -> Vec<(&str, String)> {
    let short = name.trim_end_matches(['.', '-']);
    let mut found: Vec<(&str, String)> = Vec::new();
    for name in [name, short] {
        let fits = !name.is_empty() && name.chars().nth(MOST_CHARS).is_none();
        if fits && found.last().is_none_or(|(longer, _)| *longer != name) {
            let key = fold(name);
            if !key.is_empty() {
                found.push((name, key));
            }
        }
    }
    found
}

/// As a username is made of; an accent may stand by itself.
fn may_be_in_a_name(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '_' | '-' | '.')
        || unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_ends_a_sentence_stands_for_itself_and_for_what_is_left() {
        let found = |text: &str| -> Vec<String> {
            let found = candidates(name(text)).into_iter();
            found.map(|(_, key)| key).collect()
        };
        for (text, names) in [
            ("ada look", &["ada"][..]),
            ("Ada.", &["Ada.", "Ada"]),
            ("grace.hopper)", &["grace.hopper"]),
            ("李小龙，你好", &["李小龙"]),
            ("b-c- d", &["b-c-", "b-c"]),
            ("", &[]),
            (" ada", &[]),
        ] {
            let keys: Vec<String> = names.iter().map(|name| fold(name)).collect();
            assert_eq!(found(text), keys, "{text}");
        }
        assert!(found(&"x".repeat(33)).is_empty());
    }
}
