//! Minimal lexer for Rust source: code without comments and strings, and the paths in it.

/// Code without comments, strings and character literals, which become spaces. Line numbers stay the same.
pub fn code_of(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let length = skipped(&chars, at);
        if length == 0 {
            code.push(chars[at]);
            at += 1;
            continue;
        }
        let lines = chars[at..at + length]
            .iter()
            .filter(|c| **c == '\n')
            .count();
        code.push(' ');
        code.extend(std::iter::repeat_n('\n', lines));
        at += length;
    }
    code
}

/// Number of characters from `at` that are not code; 0 if the next character is code.
fn skipped(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied().unwrap_or('\0');
    let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if next(1) == '/' => until(chars, at, |c| c[0] == '\n'),
        '/' if next(1) == '*' => block_comment(chars, at),
        '"' => string(chars, at),
        'r' if !in_word
            && (next(1) == '"' || next(1) == '#' && (next(2) == '"' || next(2) == '#')) =>
        {
            raw(chars, at)
        }
        '\'' if next(1) == '\\' => escaped(chars, at),
        '\'' if next(2) == '\'' => 3,
        _ => 0,
    }
}

/// A character literal with a backslash; the character after it may be a quote.
fn escaped(chars: &[char], at: usize) -> usize {
    let inner = until(chars, at + 3, |c| c[0] == '\'');
    (3 + inner + 1).min(chars.len() - at)
}

/// Number of characters from `at` until the rest satisfies `end`, or until the end.
fn until(chars: &[char], at: usize, end: impl Fn(&[char]) -> bool) -> usize {
    let mut length = 0;
    while at + length < chars.len() && !end(&chars[at + length..]) {
        length += 1;
    }
    length
}

fn block_comment(chars: &[char], at: usize) -> usize {
    let (mut depth, mut length) = (0, 0);
    while at + length < chars.len() {
        match (chars[at + length], chars.get(at + length + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                length += 1;
                continue;
            }
        }
        length += 2;
        if depth == 0 {
            break;
        }
    }
    length
}

fn string(chars: &[char], at: usize) -> usize {
    let mut length = 1;
    while at + length < chars.len() {
        match chars[at + length] {
            '\\' => length += 2,
            '"' => return length + 1,
            _ => length += 1,
        }
    }
    chars.len() - at
}

fn raw(chars: &[char], at: usize) -> usize {
    let hashes = until(chars, at + 1, |c| c[0] != '#');
    let closes =
        |c: &[char]| c[0] == '"' && c[1..].iter().take_while(|c| **c == '#').count() >= hashes;
    let start = at + 2 + hashes;
    let inner = until(chars, start, closes);
    (2 + hashes + inner + 1 + hashes).min(chars.len() - at)
}

/// All paths that start with this word (`crate`, `super`, `std`), with expanded use trees: `crate::a::b` is
/// `["a", "b"]`.
pub fn paths_from(code: &str, start: &str) -> Vec<Vec<String>> {
    let opening = format!("{start}::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&opening) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        expand_use_tree(&code[at + opening.len()..], Vec::new(), &mut found);
    }
    found
}

/// Parses one tree of a use declaration and returns the length of the parsed text.
fn expand_use_tree(text: &str, mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let mut at = text.len() - text.trim_start().len();
    if text[at..].starts_with('{') {
        at += 1;
        loop {
            at += expand_use_tree(&text[at..], path.clone(), found);
            at += text[at..].len() - text[at..].trim_start().len();
            match text[at..].chars().next() {
                Some(',') => at += 1,
                Some('}') => return at + 1,
                _ => return text.len(),
            }
        }
    }
    let rest = &text[at..];
    let name: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '*')
        .collect();
    at += name.len();
    if !name.is_empty() {
        path.push(name);
    }
    if text[at..].starts_with("::") && !text[at + 2..].starts_with('<') {
        return at + 2 + expand_use_tree(&text[at + 2..], path, found);
    }
    if text[at..].starts_with(" as ") {
        at += 4;
        at += text[at..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .count();
    }
    found.push(path);
    at
}

/// Whether the code contains a whole word.
pub fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|one| one == word)
}
