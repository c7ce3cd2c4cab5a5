//! The end of an address.

use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::{OpenMarks, is_blank, is_unspaced};

/// The longest host name (characters, RFC 1035). Longer ones are not read to their end, so that the time is linear.
const MAX_HOST: usize = 253;
/// The longest IPv6 address in brackets (bytes).
const MAX_IPV6: usize = 48;

/// The part of a text in which a browser would look for a user name before the host. It is read once for all addresses
/// in it, so that the time is linear.
#[derive(Default)]
pub struct Authority {
    /// Its end, and the index of its last @.
    end: usize,
    at: Option<usize>,
}

impl Authority {
    /// Whether there is an @ after an index.
    fn has_user_name(&mut self, text: &str, from: usize) -> bool {
        if self.end < from || self.end == 0 {
            let rest = &text[from..];
            let ends = |c: char| matches!(c, '/' | '?' | '#' | '\\') || c.is_whitespace();
            let part = &rest[..rest.find(ends).unwrap_or(rest.len())];
            self.end = from + part.len();
            self.at = part.rfind('@').map(|at| from + at);
        }
        self.at.is_some_and(|at| at >= from)
    }
}

/// The end of a web address with its start and its host at these indices; `None` if a browser might see another host
/// than a user.
pub fn of_web(
    text: &str,
    (start, at): (usize, usize),
    open: OpenMarks,
    authority: &mut Authority,
) -> Option<usize> {
    let end = match text[at..].starts_with('[') {
        true => {
            let inner = text.as_bytes()[at..].iter().take(MAX_IPV6);
            at + inner.take_while(|b| **b != b']').count() + 1
        }
        false => host(text, at),
    };
    if end == at || !text.is_char_boundary(end) {
        return None;
    }
    let name = text[at..end].trim_end_matches('.');
    if name.is_empty() || name.contains("..") || name.chars().count() > MAX_HOST {
        return None;
    }
    let rest = &text[end..];
    if authority.has_user_name(text, end) || is_split(rest) {
        return None;
    }
    if rest.starts_with(['%', '&', '=', '+', '$']) {
        return None;
    }
    let digits = rest.strip_prefix(':').unwrap_or_default().bytes();
    let digits = digits.take_while(u8::is_ascii_digit).count();
    let port = if (1..=5).contains(&digits) {
        digits + 1
    } else {
        0
    };
    let end = end + port;
    match text[end..].starts_with(['/', '?', '#']) {
        true => Some(of_path(text, start, end, open)),
        false => {
            let end = at + text[at..end].trim_end_matches(['.', '-', '_']).len();
            (end > at).then_some(end)
        }
    }
}

/// Whether an invisible character separates two parts of a host.
fn is_split(rest: &str) -> bool {
    let mut chars = rest.chars();
    let is_invisible = |c: char| is_blank(c) && !c.is_whitespace();
    chars.next().is_some_and(is_invisible)
        && chars
            .find(|c| !is_invisible(*c))
            .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
}

/// The end of the host name at an index. In scripts without spaces, text may follow it directly.
pub fn host(text: &str, at: usize) -> usize {
    let is_part = |c: char| {
        c.is_alphanumeric()
            || (is_combining_mark(c) && !is_blank(c))
            || matches!(c, '-' | '.' | '_')
    };
    let host = &text[at..];
    let mut chars = host.char_indices().take(MAX_HOST + 1);
    let end = chars.find(|(_, c)| !is_part(*c)).map(|(end, _)| end);
    let host = &host[..end.unwrap_or_else(|| first_chars(host, MAX_HOST + 1))];
    let last = host.rfind('.').map_or(0, |dot| dot + 1);
    let label = &host[last..];
    match label.find(is_unspaced) {
        Some(cut) if label.starts_with(|c: char| c.is_ascii()) => at + last + cut,
        _ => at + host.len(),
    }
}

/// The length of the first `count` characters of a text.
fn first_chars(text: &str, count: usize) -> usize {
    let end = text.char_indices().nth(count).map(|(at, _)| at);
    end.unwrap_or(text.len())
}

/// Whether a text is a domain with a top-level domain of letters.
pub fn is_domain(host: &str) -> bool {
    let host = host.trim_end_matches(['.', '-', '_']);
    let Some((_, top)) = host.rsplit_once('.') else {
        return false;
    };
    if host.chars().count() > MAX_HOST {
        return false;
    }
    let is_top = top.chars().nth(1).is_some()
        && top
            .chars()
            .all(|c| c.is_alphabetic() || is_combining_mark(c));
    let mut labels = host.split('.');
    (is_top || top.starts_with("xn--"))
        && labels.all(|label| label.starts_with(char::is_alphanumeric) && !label.ends_with('-'))
}

/// The end of a mail address with its host at an index.
pub fn of_mailbox(text: &str, at: usize) -> Option<usize> {
    let host = &text[at..host(text, at)];
    let host = host.trim_end_matches(['.', '-', '_']);
    let rest = &text[at + host.len()..];
    // `git@example.com:project` is a path.
    let after = rest.strip_prefix(':').and_then(|rest| rest.chars().next());
    let is_path = after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '~'));
    let fits = is_domain(host) && !host.contains('_') && !is_path;
    (fits && !rest.starts_with('@') && !is_split(rest)).then_some(at + host.len())
}

/// The end of an address with its path, query or fragment at an index.
pub fn of_path(text: &str, start: usize, at: usize, open: OpenMarks) -> usize {
    let before = text[..start].chars().next_back();
    let (mut depth, mut last) = ([0_usize; 3], None);
    for (index, c) in text[at..].char_indices() {
        let index = at + index;
        let ends = match c {
            '<' | '>' | '"' | '`' | '\\' => true,
            '\'' | '|' => before == Some(c),
            '(' | '[' | '{' => {
                depth[bracket(c)] += 1;
                false
            }
            ')' | ']' | '}' => match &mut depth[bracket(c)] {
                0 => true,
                open => {
                    *open -= 1;
                    false
                }
            },
            '*' | '_' | '~' => last != Some(c) && closes(text, index, c, open),
            _ if c.is_ascii() => c == ' ' || c.is_ascii_control(),
            _ => {
                let next = text[index + c.len_utf8()..].chars().next();
                is_outside(c)
                    && !(joins(c)
                        && is_letter(last)
                        && is_letter(next)
                        && !(c == '’' && before == Some('‘')))
            }
        };
        if ends {
            return trim(text, at, index, open);
        }
        last = Some(c);
    }
    trim(text, at, text.len(), open)
}

fn bracket(c: char) -> usize {
    match c {
        '(' | ')' => 0,
        '[' | ']' => 1,
        _ => 2,
    }
}

/// Whether marks within an address close emphasis: text in a script without spaces follows them.
fn closes(text: &str, at: usize, mark: char, open: OpenMarks) -> bool {
    let count = open.count(mark);
    if count == 0 {
        return false;
    }
    let rest = text[at..].trim_start_matches(mark);
    let is_closing = text.len() - at - rest.len() >= count;
    is_closing && rest.chars().next().is_some_and(|c| !c.is_ascii())
}

/// Whether a character that is not ASCII ends an address.
fn is_outside(c: char) -> bool {
    use GeneralCategory as G;
    let category = c.general_category();
    is_blank(c)
        || matches!(c, '＜' | '＞' | '～' | '｜')
        || matches!(
            category,
            G::OpenPunctuation
                | G::ClosePunctuation
                | G::InitialPunctuation
                | G::FinalPunctuation
                | G::OtherPunctuation
                | G::DashPunctuation
                | G::OtherSymbol
        )
}

/// Whether punctuation may stand between the letters of an address.
fn joins(c: char) -> bool {
    matches!(c, '’' | '·' | '・' | '‐' | '‑' | '–')
}

fn is_letter(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// Cuts punctuation and the marks of open emphasis off the end of an address.
fn trim(text: &str, at: usize, mut end: usize, mut open: OpenMarks) -> usize {
    loop {
        let path = &text[at..end];
        match path.chars().next_back() {
            Some('.' | ',' | ';' | ':' | '!' | '?' | '\'' | '|' | '(' | '[' | '{') => end -= 1,
            Some(mark @ ('*' | '_' | '~')) if open.count(mark) > 0 => {
                let run = path.len() - path.trim_end_matches(mark).len();
                if mark == '~' && run < 2 {
                    return end;
                }
                end -= run.min(open.count(mark));
                open.close(mark);
            }
            _ => return end,
        }
    }
}
