//! Whom a text names with an @.

use crate::accounts::fold;

/// Mentions that take effect in one message.
const MOST: usize = 20;

/// The keys of the names that a text mentions. Names may end in what ends a sentence, so a name that
/// ends in a dot or a dash stands for itself and for what is left without them.
pub fn keys(text: &str) -> Vec<String> {
    let (mut keys, mut names): (Vec<String>, usize) = (Vec::new(), 0);
    for (at, _) in text.match_indices('@') {
        let before = text[..at].chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            continue; // an address
        }
        let rest = &text[at + 1..];
        let end = rest.find(|c| !may_be_in_a_name(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        for name in [name, name.trim_end_matches(['.', '-'])] {
            let key = fold(name);
            if !key.is_empty() && name.chars().count() <= 32 && !keys.contains(&key) {
                keys.push(key);
            }
        }
        names += 1;
        if names == MOST {
            break;
        }
    }
    keys
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
    fn names_are_found_where_people_write_them() {
        let found = |text: &str, name: &str| keys(text).contains(&fold(name));
        for (text, name) in [
            ("@ada look", "ada"),
            ("thanks @Ada.", "ada"),
            ("(@grace.hopper)", "grace.hopper"),
            ("@李小龙，你好", "李小龙"),
            ("a @b-c- d", "b-c"),
        ] {
            assert!(found(text, name), "{text}");
        }
        for text in ["ada@example.com", "@", "@ ada", "no names"] {
            assert!(keys(text).is_empty(), "{text}");
        }
        let many: String = (0..99).map(|n| format!("@person{n} ")).collect();
        assert!(keys(&many).len() <= 40);
    }
}
