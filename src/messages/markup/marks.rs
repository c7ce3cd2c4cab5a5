//! Marks that mean nothing in a chat are hidden from the parser: each is put out of its sight as a
//! character that no text has, and shown again when it is written. So they stay as they were typed.

use std::borrow::Cow;

use crate::messages::{
    mentions,
    text::addresses::{self, Span},
};

/// What can be hidden; the place in this list gives the stand-in.
const MARKS: &[u8] = b"*_~`[]()<>&:.!#-=+\\ \t";
/// The first stand-in, of 32 code points that Unicode keeps free for such a use.
const FIRST: u32 = 0xFDD0;

/// Containers begin in the first columns of a line and are at most so many: that bounds how deep they nest.
const MOST_COLUMNS: usize = 16;
const MOST_QUOTES: usize = 8;
/// So many columns before a word make it code in CommonMark.
const CODE: usize = 4;
/// A list begins with a number of at most three digits: 1986. is the end of a sentence.
const MOST_DIGITS: usize = 3;

/// A text without the characters that stand for others here, and without control characters.
pub fn clean(text: &str) -> Cow<'_, str> {
    let is_ours = |c: char| ('\u{FDD0}'..='\u{FDEF}').contains(&c);
    let goes = |c: char| is_ours(c) || (c.is_control() && !matches!(c, '\n' | '\t'));
    match text.contains(goes) {
        true => text.chars().filter(|c| !goes(*c)).collect(),
        false => text.into(),
    }
}

/// The text as the parser shall see it.
pub fn hide(text: &str) -> String {
    let mut hidden = vec![false; text.len()];
    hide_in_addresses(text, &mut hidden);
    hide_in_words(text, &mut hidden);
    let (mut start, mut in_list, mut after_blank) = (0, false, true);
    for line in text.split_inclusive('\n') {
        let (words, length) = (line.trim_end().as_bytes(), line.len());
        let hidden = &mut hidden[start..start + words.len()];
        let is_item = is_item(words);
        in_list = is_item || (in_list && !(after_blank && indentation(words) == 0));
        match indentation(words) >= CODE && !in_list {
            // Indented text may be code: nothing in it is a mark, not even its white space.
            true => hidden.fill(true),
            false => hide_at_start(words, hidden),
        }
        after_blank = words.is_empty();
        start += length;
    }
    let show = |(at, c): (usize, char)| if hidden[at] { stand_in(c) } else { c };
    text.char_indices().map(show).collect()
}

/// The text as it was typed.
pub fn seen(text: &str) -> Cow<'_, str> {
    let typed = |c: char| {
        let place = (c as u32).wrapping_sub(FIRST) as usize;
        MARKS.get(place).copied().map(char::from)
    };
    match text.contains(|c| typed(c).is_some()) {
        true => text.chars().map(|c| typed(c).unwrap_or(c)).collect(),
        false => text.into(),
    }
}

fn stand_in(mark: char) -> char {
    let place = MARKS.iter().position(|m| char::from(*m) == mark);
    let stand_in = |place| char::from_u32(FIRST + place as u32);
    place.and_then(stand_in).unwrap_or(mark)
}

/// An address is one word: a_b and (c) in it are no marks.
fn hide_in_addresses(text: &str, hidden: &mut [bool]) {
    let mut start = 0;
    addresses::each(text, |span| {
        let (Span::Address(part) | Span::Other(part)) = span;
        if matches!(span, Span::Address(_)) {
            // The parser looks for the scheme.
            let after = part.find(':').map_or(0, |colon| colon + 1);
            hidden[start + after..start + part.len()].fill(true);
        }
        start += part.len();
    });
}

/// HTML, entities, definitions of links, one tilde, and the marks of names.
fn hide_in_words(text: &str, hidden: &mut [bool]) {
    let bytes = text.as_bytes();
    let at_or_0 = |at: usize| bytes.get(at).copied().unwrap_or(0);
    for (at, byte) in bytes.iter().enumerate() {
        let before = if at > 0 { bytes[at - 1] } else { 0 };
        hidden[at] |= match byte {
            b'&' => true,
            b'<' => !is_address_in_brackets(&bytes[at + 1..]),
            b':' => before == b']',
            b'~' => before != b'~' && at_or_0(at + 1) != b'~',
            b'\\' => stays(text, at) || (before == b'\\' && hidden[at - 1]),
            _ => false,
        };
        if *byte == b'@' {
            let name = mentions::name(&text[at + 1..]);
            // _@ada_ is emphasis, @_ada_ a name.
            let name = match before {
                b'_' => name.trim_end_matches('_'),
                _ => name,
            };
            for (place, _) in name.match_indices('_') {
                hidden[at + 1 + place] = true;
            }
        }
    }
}

fn is_address_in_brackets(rest: &[u8]) -> bool {
    [&b"http://"[..], b"https://", b"mailto:"]
        .iter()
        .any(|start| rest.len() > start.len() && rest[..start.len()].eq_ignore_ascii_case(start))
}

/// Whether a backslash is more than the escape of a mark: at a line's end, in ¯\_(ツ)_/¯, and where
/// the name of a shared folder begins.
fn stays(text: &str, at: usize) -> bool {
    let rest = &text[at + 1..];
    let is_folder = || {
        let before = text[..at].chars().next_back();
        let after = rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
        before.is_none_or(char::is_whitespace) && after.is_some_and(char::is_alphanumeric)
    };
    rest.is_empty() || rest.starts_with('\n') || rest.starts_with("_(ツ)") || is_folder()
}

/// The columns before the first word.
fn indentation(line: &[u8]) -> usize {
    let space = line.iter().take_while(|b| b" \t".contains(b));
    space.fold(0, |column, b| {
        column + if *b == b'\t' { 4 - column % 4 } else { 1 }
    })
}

/// Whether a line begins a list, also in a quote: what follows may be indented because of it.
fn is_item(line: &[u8]) -> bool {
    let start = line.iter().take_while(|b| b" \t>".contains(b)).count();
    let digits = line[start..].iter().take_while(|b| b.is_ascii_digit());
    let digits = digits.count();
    let marks: &[u8] = if digits == 0 { b"-+*" } else { b".)" };
    let mark = line.get(start + digits);
    mark.is_some_and(|mark| marks.contains(mark)) && is_space(line, start + digits + 1)
}

/// Lines that would turn the one above into a heading, lines across, lists of nothing or of years,
/// faces (>:) and what nests too deep.
fn hide_at_start(line: &[u8], hidden: &mut [bool]) {
    let (mut at, mut column, mut quotes) = (0, 0, 0);
    while let Some(byte) = line.get(at) {
        let rest = &line[at..];
        let length = match byte {
            b' ' => 1,
            b'\t' => {
                column += 3 - column % 4;
                1
            }
            b'>' if column < MOST_COLUMNS && quotes < MOST_QUOTES && !is_face(rest) => {
                quotes += 1;
                1
            }
            b'>' => return hidden[at] = true,
            b'=' | b'_' | b'-' | b'+' | b'*' if is_all(rest, *byte) => {
                return hidden[at..].fill(true);
            }
            b'-' | b'+' | b'*' if is_space(rest, 1) => 1,
            b'0'..=b'9' => rest.iter().take_while(|b| b.is_ascii_digit()).count() + 1,
            _ => return,
        };
        let mark = at + length - 1;
        if byte.is_ascii_digit() {
            if !matches!(line.get(mark), Some(b'.' | b')')) {
                return;
            }
            let is_list = length <= MOST_DIGITS + 1 && is_space(line, mark + 1);
            if !is_list {
                return hidden[mark] = true;
            }
        }
        if column >= MOST_COLUMNS && !matches!(byte, b' ' | b'\t' | b'>') {
            return hidden[mark] = true;
        }
        at += length;
        column += length;
    }
}

/// Whether a line is one mark, again and again.
fn is_all(line: &[u8], mark: u8) -> bool {
    line.iter().all(|b| *b == mark || b" \t".contains(b))
}

fn is_space(line: &[u8], at: usize) -> bool {
    matches!(line.get(at), Some(b' ' | b'\t'))
}

fn is_face(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b':' | b';' | b'=' | b'<' | b'_' | b'^' | b'(') => true,
        Some(b'.') => rest.get(2) != Some(&b'.'),
        _ => false,
    }
}
