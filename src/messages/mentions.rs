//! Usernames after an @ in a text.

use crate::accounts::fold;

/// The most mentions in one message.
pub const MAX: usize = 20;
/// The longest name.
const MAX_CHARS: usize = 32;

/// The characters of a name at the start of a text, right after an @; may be empty.
pub fn name(text: &str) -> &str {
    let end = text.find(|c| !may_be_in_a_name(c)).unwrap_or(text.len());
    &text[..end]
}

/// The usernames that a typed name may refer to, with their keys, longest first.
pub fn candidates(name: &str) -> Vec<(&str, String)> {
    let short = name.trim_end_matches(['.', '-']);
    let mut found: Vec<(&str, String)> = Vec::new();
    for name in [name, short] {
        let fits = !name.is_empty() && name.chars().nth(MAX_CHARS).is_none();
        if fits && found.last().is_none_or(|(longer, _)| *longer != name) {
            let key = fold(name);
            if !key.is_empty() {
                found.push((name, key));
            }
        }
    }
    found
}

/// Whether a username may contain the character; accents may be separate characters.
fn may_be_in_a_name(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '_' | '-' | '.')
        || unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_before_a_full_stop_has_two_candidates() {
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
