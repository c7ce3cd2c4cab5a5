//! A rough lexer for all languages: comments, strings, numbers and words. It reads the code once from
//! start to end, so its time is proportional to the length of the code.

use super::languages::{Language, StringKind, StringStyle};

/// The CSS class of a token; `None` for plain text.
pub type Class = Option<&'static str>;

/// Passes all tokens of the code to `emit`, in order. Joined, they are the code.
pub fn tokenize<'a>(language: &Language, code: &'a str, mut emit: impl FnMut(Class, &'a str)) {
    let mut at = 0;
    while at < code.len() {
        let (before, rest) = code.split_at(at);
        let (class, length) = next_token(language, before.chars().next_back(), rest);
        emit(class, &rest[..length]);
        at += length;
    }
}

/// The class and length of the token at the start of `rest`.
fn next_token(language: &Language, before: Option<char>, rest: &str) -> (Class, usize) {
    if !language.line_starts.is_empty() {
        return line(language, rest);
    }
    if let Some(length) = comment_length(language, before, rest) {
        return (Some("c"), length);
    }
    if let Some(length) = string_length(language, before, rest) {
        let is_key = is_key(language, &rest[length..]);
        return (Some(if is_key { "v" } else { "s" }), length);
    }
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return (Some("n"), number_length(rest));
    }
    let length = word_length(language, rest);
    if length > 0 {
        let class = word_class(language, &rest[..length], &rest[length..]);
        return (class, length);
    }
    let first = rest.chars().next().map_or(1, char::len_utf8);
    prefixed(language, before, rest).unwrap_or((None, first))
}

fn line(language: &Language, rest: &str) -> (Class, usize) {
    let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
    let mut starts = language.line_starts.iter();
    let found = starts.find(|(_, start)| rest.starts_with(start));
    (found.map(|(class, _)| *class), length)
}

fn comment_length(language: &Language, before: Option<char>, rest: &str) -> Option<usize> {
    for (open, close) in &language.block_comments {
        if let Some(inner) = rest.strip_prefix(open) {
            let end = inner.find(close).map(|end| open.len() + end + close.len());
            return Some(end.unwrap_or(rest.len()));
        }
    }
    // A single character within a word, as in `$#` and `a#b`, begins no comment.
    let is_apart = before.is_none_or(|c| c.is_whitespace() || c == ';');
    let begins = |start: &&str| rest.starts_with(*start) && (start.len() > 1 || is_apart);
    let is_comment = language.line_comments.iter().any(begins);
    is_comment.then(|| rest.find('\n').unwrap_or(rest.len()))
}

fn string_length(language: &Language, before: Option<char>, rest: &str) -> Option<usize> {
    let mut styles = language.strings.iter();
    let style = styles.find(|style| rest.starts_with(style.open))?;
    // The last letter of a word is no prefix of a string.
    let is_in_word = before.is_some_and(char::is_alphanumeric);
    if is_in_word && style.open.starts_with(char::is_alphabetic) {
        return None;
    }
    let start = style.open.len();
    Some(start + string_end(&rest[start..], style))
}

/// The length of a string after its opening delimiter, with the closing one.
fn string_end(text: &str, style: &StringStyle) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == '\n' && style.kind == StringKind::SingleLine {
            return at;
        }
        if !escaped && text[at..].starts_with(style.close) {
            return at + style.close.len();
        }
        escaped = !escaped && c == '\\' && style.kind != StringKind::Raw;
    }
    text.len()
}

fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_part = |at: &usize| match bytes[*at] {
        b'.' => is_digit(at + 1),
        b'+' | b'-' => matches!(bytes[at - 1], b'e' | b'E') && is_digit(at + 1) && bytes[1] != b'x',
        byte => byte.is_ascii_alphanumeric() || byte == b'_',
    };
    let end = (1..bytes.len()).find(|at| !is_part(at));
    end.unwrap_or(bytes.len())
}

fn word_length(language: &Language, rest: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || language.word_chars.contains(c);
    let starts = |c: char| is_part(c) && !matches!(c, '-' | '.' | ':');
    match rest.starts_with(starts) {
        true => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
        false => 0,
    }
}

/// Keyword, key, type (a capitalized name) or function (a name before a parenthesis).
fn word_class(language: &Language, word: &str, after: &str) -> Class {
    let mut keywords = language.keywords.split_whitespace();
    let is_keyword = keywords.any(|keyword| match language.ignore_case {
        true => keyword.eq_ignore_ascii_case(word),
        false => keyword == word,
    });
    if is_keyword {
        return Some("k");
    }
    if !language.keys.is_empty() {
        return is_key(language, after).then_some("v");
    }
    if word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase) {
        return Some("t");
    }
    after.starts_with('(').then_some("f")
}

fn is_key(language: &Language, after: &str) -> bool {
    let next = after.trim_start_matches([' ', '\t']).chars().next();
    next.is_some_and(|c| language.keys.contains(c))
}

/// A prefix and the word after it, which may stand in braces: `$name`, `${name}`, `@name`.
fn prefixed(language: &Language, before: Option<char>, rest: &str) -> Option<(Class, usize)> {
    if before.is_some_and(char::is_alphanumeric) && !rest.starts_with('<') {
        return None;
    }
    let mut prefixes = language.prefixes.iter();
    let (class, prefix) = prefixes.find(|(_, prefix)| rest.starts_with(prefix))?;
    let name = &rest[prefix.len()..];
    let length = match name.strip_prefix('{') {
        Some(braced) => {
            let length = word_length(language, braced);
            let is_closed = length > 0 && braced[length..].starts_with('}');
            if is_closed { length + 2 } else { 0 }
        }
        None => word_length(language, name),
    };
    (length > 0).then_some((Some(*class), prefix.len() + length))
}
