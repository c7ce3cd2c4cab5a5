//! Blocks of code.

use super::{
    Draft,
    escape::{self, Place},
};

/// The classes of what is in code.
pub const CLASSES: [&str; 0] = [];

/// A block between fences.
pub struct Fenced<'a> {
    /// From the first fence on, as it was typed.
    pub typed: &'a str,
    /// The lines between the fences.
    pub code: String,
}

/// Appends a block between fences.
pub fn push(draft: &mut Draft, block: Fenced) {
    let (_language, code) = block.read();
    draft.rich = true;
    let start = "<pre dir=\"ltr\" tabindex=\"0\"><code>";
    draft.html.push_str(start);
    escape::push(&mut draft.html, &code, Place::Code);
    draft.html.push_str("</code></pre>");
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
