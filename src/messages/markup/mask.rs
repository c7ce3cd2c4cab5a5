//! Hides Markdown characters that have no meaning in a chat from the parser. Each is replaced by a
//! placeholder that no text contains and restored when the HTML is written, so it is shown as typed.

mod joints;

use super::{escapes, placeholders::placeholder};
use crate::messages::{
    mentions,
    text::{
        addresses::{self, TextSpan},
        open_marks::OpenMarks,
    },
};

/// Quotes and lists may begin only in the first columns of a line, which bounds their nesting.
const MAX_COLUMNS: usize = 16;
const MAX_QUOTES: usize = 8;
/// Columns of indentation that make a code block in CommonMark.
const CODE_INDENT: usize = 4;
/// The most digits of a list number: `1986.` is the end of a sentence.
const MAX_DIGITS: usize = 3;

/// The text with placeholders, for the parser.
pub fn mask(text: &str) -> String {
    let mut masked = vec![false; text.len()];
    mask_addresses(text, &mut masked);
    mask_inline(text, &mut masked);
    escapes::mask(text, &mut masked, mask);
    mask_lines(text, &mut masked);
    joints::join(text, &masked, placeholder)
}

/// Masks the starts of lines that are no quotes, lists and headings, and indented text, which would be code.
fn mask_lines(text: &str, masked: &mut [bool]) {
    let (mut start, mut in_list, mut after_blank) = (0, false, true);
    for line in text.split_inclusive('\n') {
        let (words, length) = (line.trim_end().as_bytes(), line.len());
        let masked = &mut masked[start..start + words.len()];
        let is_item = is_item(words);
        in_list = is_item || (in_list && !(after_blank && indentation(words) == 0));
        match indentation(words) >= CODE_INDENT && !in_list {
            // Indented text would be code: mask all of it, including white space.
            true => masked.fill(true),
            false => mask_line_start(words, masked),
        }
        after_blank = words.is_empty();
        start += length;
    }
}

/// Masks web addresses: `a_b` and `(c)` in them are not syntax.
fn mask_addresses(text: &str, masked: &mut [bool]) {
    let mut start = 0;
    addresses::each(text, |span| {
        let (TextSpan::Address(part) | TextSpan::Other(part)) = span;
        if matches!(span, TextSpan::Address(_)) {
            // The parser looks for the scheme.
            let after = part.find(':').map_or(0, |colon| colon + 1);
            masked[start + after..start + part.len()].fill(true);
        }
        start += part.len();
    });
}

/// Masks HTML, entities, link definitions, single tildes and underscores of names.
fn mask_inline(text: &str, masked: &mut [bool]) {
    let bytes = text.as_bytes();
    let at_or_0 = |at: usize| bytes.get(at).copied().unwrap_or(0);
    for (at, byte) in bytes.iter().enumerate() {
        let before = if at > 0 { bytes[at - 1] } else { 0 };
        masked[at] |= match byte {
            b'&' => true,
            b'<' => !is_address_in_brackets(&bytes[at + 1..]),
            b':' => before == b']',
            b'~' => before != b'~' && at_or_0(at + 1) != b'~',
            _ => false,
        };
    }
    mask_names(text, masked);
}

/// Masks the underscores of names. Those that end open emphasis are not part of a name: `_thanks @ada_`.
fn mask_names(text: &str, masked: &mut [bool]) {
    let (mut open, mut read, mut from) = (OpenMarks::default(), 0, 0);
    while let Some(at) = text[from..].find(mentions::MARKS).map(|at| from + at) {
        let start = at + text[at..].chars().next().map_or(1, char::len_utf8);
        let name = mentions::name(&text[start..]);
        from = start + name.len();
        if !name.contains('_') {
            continue;
        }
        open.read(text, read..at);
        let ending = name.len() - name.trim_end_matches('_').len();
        let name = &name[..name.len() - ending.min(open.count('_'))];
        read = start + name.len();
        for (index, _) in name.match_indices('_') {
            masked[start + index] = true;
        }
    }
}

fn is_address_in_brackets(rest: &[u8]) -> bool {
    [&b"http://"[..], b"https://", b"mailto:"]
        .iter()
        .any(|start| rest.len() > start.len() && rest[..start.len()].eq_ignore_ascii_case(start))
}

/// The column of the first word.
fn indentation(line: &[u8]) -> usize {
    let space = line.iter().take_while(|b| b" \t".contains(b));
    space.fold(0, |column, b| {
        column + if *b == b'\t' { 4 - column % 4 } else { 1 }
    })
}

/// Whether a line begins a list item, also in a quote. The next lines may be indented for it.
fn is_item(line: &[u8]) -> bool {
    let start = line.iter().take_while(|b| b" \t>".contains(b)).count();
    let digits = line[start..].iter().take_while(|b| b.is_ascii_digit());
    let digits = digits.count();
    let marks: &[u8] = if digits == 0 { b"-+*" } else { b".)" };
    let mark = line.get(start + digits);
    mark.is_some_and(|mark| marks.contains(mark)) && is_space(line, start + digits + 1)
}

/// Masks heading underlines, rules, empty list items, years that look like list numbers, emoticons (`>:(`)
/// and markers that nest too deep.
fn mask_line_start(line: &[u8], masked: &mut [bool]) {
    let (mut at, mut column, mut quotes) = (0, 0, 0);
    while let Some(byte) = line.get(at) {
        let rest = &line[at..];
        let length = match byte {
            b' ' => 1,
            b'\t' => {
                column += 3 - column % 4;
                1
            }
            b'>' if column < MAX_COLUMNS && quotes < MAX_QUOTES && !is_emoticon(rest) => {
                quotes += 1;
                1
            }
            b'>' => return masked[at] = true,
            b'=' | b'_' | b'-' | b'+' | b'*' if is_all(rest, *byte) => {
                return masked[at..].fill(true);
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
            // `007.` would lose its zeros.
            let has_zeros = *byte == b'0' && length > 2;
            let is_list = length <= MAX_DIGITS + 1 && !has_zeros && is_space(line, mark + 1);
            if !is_list {
                return masked[mark] = true;
            }
        }
        if column >= MAX_COLUMNS && !matches!(byte, b' ' | b'\t' | b'>') {
            return masked[mark] = true;
        }
        at += length;
        column += length;
    }
}

/// Whether a line repeats one character.
fn is_all(line: &[u8], mark: u8) -> bool {
    line.iter().all(|b| *b == mark || b" \t".contains(b))
}

fn is_space(line: &[u8], at: usize) -> bool {
    matches!(line.get(at), Some(b' ' | b'\t'))
}

fn is_emoticon(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b':' | b';' | b'=' | b'<' | b'_' | b'^' | b'(') => true,
        Some(b'.') => rest.get(2) != Some(&b'.'),
        _ => false,
    }
}
