//! Lists and quotes.

use std::ops::Range;

use super::{
    HtmlWriter,
    escape::{self, Context},
    placeholders,
};

impl HtmlWriter<'_> {
    /// A list keeps its first number, and the mark after its numbers: `1.` or `1)`.
    pub(super) fn open_list(&mut self, start: Option<u64>, range: &Range<usize>) {
        self.lists.push(start);
        let Some(start) = start else {
            return self.open_container("<ul", "");
        };
        let typed = self.source[range.clone()].trim_start();
        let mark = typed.trim_start_matches(|c: char| c.is_ascii_digit());
        let mut attributes = String::new();
        if mark.starts_with(')') {
            attributes.push_str(" class=\"parens\"");
        }
        if start != 1 {
            attributes.push_str(&format!(" start=\"{start}\""));
        }
        self.open_container("<ol", &attributes);
    }

    /// Numbers that do not count up are kept as they were typed.
    pub(super) fn open_item(&mut self, range: &Range<usize>) {
        let typed = self.source[range.clone()].trim_start();
        let digits = typed.bytes().take_while(u8::is_ascii_digit).count();
        let Some(Some(next)) = self.lists.last_mut() else {
            return self.put("<li>");
        };
        let number: u64 = typed[..digits].parse().unwrap_or(*next);
        let expected = std::mem::replace(next, number + 1);
        match number == expected {
            true => self.put("<li>"),
            false => self.put(&format!("<li value=\"{number}\">")),
        }
    }

    /// Ends a quote. A quote of nothing is shown as it was typed.
    pub(super) fn close_quote(&mut self, range: Range<usize>) {
        let start = self.quotes.pop().unwrap_or(0);
        self.parts.is_quoted = !self.quotes.is_empty();
        let inner = self.parts.html[start..]
            .find('>')
            .map_or(start, |end| start + end + 1);
        let content = inner..self.parts.html.len();
        if !content.is_empty() && content != self.hollow {
            return self.close_container("</blockquote>");
        }
        self.parts.html.truncate(start);
        self.depth = self.depth.saturating_sub(1);
        self.blocks -= usize::from(self.depth == 0);
        self.typed_block(range);
        self.hollow = start..self.parts.html.len();
    }

    /// Writes a block of marks without content as it was typed.
    pub(super) fn typed_block(&mut self, range: Range<usize>) {
        self.open("<p", "");
        let typed = placeholders::unmask(&self.source[range]);
        escape::push(&mut self.parts.html, typed.trim_end(), Context::Text);
        self.put("</p>");
    }

    pub(super) fn open_container(&mut self, tag: &str, attribute: &str) {
        self.open(tag, attribute);
        self.depth += 1;
    }

    pub(super) fn close_container(&mut self, tag: &str) {
        self.put(tag);
        self.depth = self.depth.saturating_sub(1);
    }
}
