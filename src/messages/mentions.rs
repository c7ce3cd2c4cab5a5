//! Usernames after an @ in a text.

use unicode_normalization::char::is_combining_mark;

use super::text::scripts::is_unspaced;
use crate::accounts::fold;

/// The most mentions in one message.
pub const MAX: usize = 20;
/// The longest name.
const MAX_CHARS: usize = 32;
/// The most usernames that one typed name may refer to.
pub const MAX_CANDIDATES: usize = 32;

/// The @ and its forms in East Asian keyboards.
pub const MARKS: [char; 3] = ['@', '＠', '﹫'];

/// The characters of a name at the start of a text, right after an @; may be empty.
pub fn name(text: &str) -> &str {
    let end = text.find(|c| !may_be_in_a_name(c)).unwrap_or(text.len());
    &text[..end]
}

/// Whether an @ after this character begins a name. After a letter it is part of an address, except in scripts without
/// spaces.
pub fn may_follow(before: Option<char>) -> bool {
    before.is_none_or(|c| !c.is_alphanumeric() || is_unspaced(c))
}

/// The usernames that a typed name may refer to, in the order in which they count: the longest first, and names that
/// end in dots or dashes last, because these usually belong to the sentence.
pub fn candidates(name: &str) -> Vec<&str> {
    let (mut found, mut dotted) = (Vec::new(), Vec::new());
    let chars = name.char_indices().take(MAX_CHARS);
    for (at, last) in chars {
        let end = at + last.len_utf8();
        let rest = &name[end..];
        if ends_before(last, rest) {
            match matches!(last, '.' | '-') {
                true => dotted.push(&name[..end]),
                false => found.push(&name[..end]),
            }
        }
    }
    found.reverse();
    found.extend(dotted.into_iter().rev());
    found.truncate(MAX_CANDIDATES);
    found.retain(|name| name.contains(char::is_alphanumeric));
    found
}

/// The key of a candidate.
pub fn key(name: &str) -> Option<String> {
    Some(fold(name)).filter(|key| !key.is_empty())
}

/// Whether a name may end between a character and the rest of the typed name.
fn ends_before(last: char, rest: &str) -> bool {
    let Some(next) = rest.chars().next() else {
        return true;
    };
    match next {
        '.' | '-' => true,
        '_' => last != '_' && rest.trim_start_matches('_').is_empty(),
        _ if is_combining_mark(next) => false,
        _ => is_unspaced(next) || (is_unspaced(last) && !matches!(last, '.' | '-')),
    }
}

/// Whether a username may contain the character; accents may be separate characters.
fn may_be_in_a_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_before_a_dot_or_dash_comes_first() {
        for (text, names) in [
            ("ada look", "ada"),
            ("Ada.", "Ada Ada."),
            ("grace...what", "grace...what grace grace.. grace."),
            ("grace.Then go", "grace.Then grace"),
            ("grace.hopper)", "grace.hopper grace"),
            ("grace-hopper-x", "grace-hopper-x grace-hopper grace"),
            ("user..", "user user.. user."),
            ("grace_", "grace_ grace"),
            ("a_b_", "a_b_ a_b"),
            ("b-c- d", "b-c b b-c-"),
            ("李小龙，你好", "李小龙 李小 李"),
            ("grace你好", "grace你好 grace你 grace"),
            ("graceさん", "graceさん graceさ grace"),
            ("지민님", "지민님 지민 지"),
            ("josé x", "josé"),
            ("jose\u{301}", "jose\u{301}"),
            ("..", ""),
            ("", ""),
            (" ada", ""),
        ] {
            assert_eq!(candidates(name(text)).join(" "), names, "{text}");
        }
        assert!(candidates(&"x".repeat(33)).is_empty());
        let long = format!("grace{}", ".".repeat(99));
        assert_eq!(candidates(&long)[0], "grace");
        assert!(candidates(&"李".repeat(99)).len() <= MAX_CANDIDATES);
    }
}
