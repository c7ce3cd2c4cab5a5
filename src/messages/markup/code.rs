//! Blocks of code, and what is in them by its kind. A small reader of our own marks it: it is linear
//! whatever is typed, and takes a fortieth of the room of a library with grammars.

mod languages;
mod lexer;

use super::{
    Draft,
    escape::{self, Place},
};
use languages::Language;
use lexer::Class;

/// The classes of what is in code: keywords, strings, comments, numbers, functions, types, variables and
/// keys; in a diff its heads, and what came and went.
pub const CLASSES: [&str; 10] = ["k", "s", "c", "n", "f", "t", "v", "m", "i", "d"];

/// More code than this, in bytes, is plain from there on.
const MOST_BYTES: usize = 32 << 10;

/// A block between fences.
pub struct Fenced<'a> {
    /// From the first fence on, as it was typed.
    pub typed: &'a str,
    /// The lines between the fences.
    pub code: String,
}

/// Appends a block between fences.
pub fn push(draft: &mut Draft, block: Fenced) {
    let (language, code) = block.read();
    let start = "<pre dir=\"ltr\" tabindex=\"0\"><code>";
    draft.html.push_str(start);
    match language.and_then(languages::find) {
        Some(language) => highlight(&mut draft.html, language, &code),
        None => escape::push(&mut draft.html, &code, Place::Code),
    }
    draft.html.push_str("</code></pre>");
}

fn highlight(out: &mut String, language: &Language, code: &str) {
    let mut ends = (0..=code.len().min(MOST_BYTES)).rev();
    let end = ends.find(|end| code.is_char_boundary(*end));
    let (marked, rest) = code.split_at(end.unwrap_or(0));
    let mut open: Class = None;
    lexer::each(language, marked, |class, text| {
        // White space goes with what is before it.
        let class = if text.trim().is_empty() { open } else { class };
        if class != open {
            out.push_str(if open.is_some() { "</span>" } else { "" });
            if let Some(class) = class {
                out.push_str("<span class=\"");
                out.push_str(class);
                out.push_str("\">");
            }
            open = class;
        }
        escape::push(out, text, Place::Code);
    });
    out.push_str(if open.is_some() { "</span>" } else { "" });
    escape::push(out, rest, Place::Code);
}

impl Fenced<'_> {
    /// The language if one is named, and the code. People begin right after the fence, and end
    /// before the last one.
    fn read(&self) -> (Option<&str>, String) {
        let typed = self.typed.trim_start();
        let mark = typed.chars().next().unwrap_or('`');
        let (first, rest) = typed.split_once('\n').unwrap_or((typed, ""));
        let info = first.trim_start_matches(mark).trim();
        let last = rest.trim_end().lines().next_back().unwrap_or_default();
        let last = last.trim_start_matches([' ', '\t', '>']);
        let is_closed = last.len() >= 3 && last.chars().all(|c| c == mark);
        let mut code = self.code.trim_end_matches('\n');
        if !is_closed {
            let cut = code.trim_end().trim_end_matches(mark);
            if code.trim_end().len() - cut.len() >= 3 {
                code = cut.trim_end_matches('\n');
            }
        }
        match info {
            "" => (None, code.to_owned()),
            // Nothing follows: it is all that was meant.
            line if code.trim().is_empty() => (None, line.to_owned()),
            name if is_language(name) => (Some(name), code.to_owned()),
            line => (None, format!("{line}\n{code}").trim_end().to_owned()),
        }
    }
}

fn is_language(info: &str) -> bool {
    info.len() <= 20
        && info
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+#-_.".contains(&b))
}
