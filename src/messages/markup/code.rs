//! Fenced code blocks and their syntax highlighting. One small lexer serves all languages: it takes linear
//! time for any input and is a fortieth of the size of a library with grammars.

mod languages;
mod lexer;

use super::{
    RenderedParts,
    escape::{self, Context},
    placeholders,
};
use crate::messages::text::Html;
use languages::Language;
use lexer::Class;

/// The CSS classes of tokens: keyword, string, comment, number, function, type, variable or key; in a diff
/// file header, inserted and deleted line.
pub const CLASSES: [&str; 10] = ["k", "s", "c", "n", "f", "t", "v", "m", "i", "d"];

/// Bytes of a code block that are highlighted; the rest is plain.
const MAX_HIGHLIGHTED: usize = 32 << 10;

/// Appends a fenced code block as HTML: `typed` is the source text from the opening fence on, `code` the lines between
/// the fences.
pub fn push(parts: &mut RenderedParts, typed: &str, code: &str) {
    let (language, code) = read(typed.trim_start(), code);
    let start = "<pre dir=\"ltr\" tabindex=\"0\"><code>";
    parts.html.push_str(start);
    match language.and_then(languages::find) {
        Some(language) => highlight(&mut parts.html, language, &code),
        None => escape::push(&mut parts.html, &code, Context::Code),
    }
    parts.html.push_str("</code></pre>");
}

/// Code of a file as HTML, highlighted if its name has the ending of a known language.
pub fn of_file(name: &str, code: &str) -> Html {
    let ending = name.rsplit('.').next().unwrap_or_default();
    let (mut html, code) = (String::new(), placeholders::clean(code));
    match languages::find(ending) {
        Some(language) => highlight(&mut html, language, &code),
        None => escape::push(&mut html, &code, Context::Code),
    }
    Html::stored(html)
}

/// Whether a fence has no text after it.
pub fn is_bare(typed: &str) -> bool {
    let first = typed.lines().next().unwrap_or_default();
    first.trim().trim_matches(['`', '~']).is_empty()
}

fn highlight(out: &mut String, language: &Language, code: &str) {
    let mut ends = (0..=code.len().min(MAX_HIGHLIGHTED)).rev();
    let end = ends.find(|end| code.is_char_boundary(*end));
    let (highlighted, rest) = code.split_at(end.unwrap_or(0));
    let mut open: Class = None;
    lexer::tokenize(language, highlighted, |class, text| {
        // White space belongs to the token before it, which saves tags.
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
        escape::push(out, text, Context::Code);
    });
    out.push_str(if open.is_some() { "</span>" } else { "" });
    escape::push(out, rest, Context::Code);
}

/// The language, if there is one, and the code. Code may begin on the line of the opening fence and
/// end on the line of the closing fence.
fn read<'a>(typed: &'a str, code: &str) -> (Option<&'a str>, String) {
    let fence = typed.chars().next().unwrap_or('`');
    let (first, rest) = typed.split_once('\n').unwrap_or((typed, ""));
    let info = first.trim_start_matches(fence).trim();
    let last = rest.trim_end().lines().next_back().unwrap_or_default();
    let last = last.trim_start_matches([' ', '\t', '>']);
    let is_closed = last.len() >= 3 && last.chars().all(|c| c == fence);
    let mut code = code.trim_end_matches('\n');
    if !is_closed {
        let cut = code.trim_end().trim_end_matches(fence);
        if code.trim_end().len() - cut.len() >= 3 {
            code = cut.trim_end_matches('\n');
        }
    }
    match info {
        "" => (None, code.to_owned()),
        // Without further lines, the text after the fence is the code.
        line if code.trim().is_empty() => (None, line.to_owned()),
        name if languages::is_known(name) => (Some(name), code.to_owned()),
        line => (None, format!("{line}\n{code}").trim_end().to_owned()),
    }
}
