//! Emphasis and links.

use std::ops::Range;

use pulldown_cmark::Tag;

use super::{Writer, links, marks};
use crate::messages::markup::links::Target;

/// Emphasis in emphasis; more is shown as it was typed.
const MOST_SPANS: usize = 8;

/// Something that is open within a paragraph.
pub enum Span {
    /// What ends it.
    Tag(&'static str),
    /// Shown as it was typed; so many marks end it.
    Typed(usize),
    /// An address, kept for the link's end.
    Link(String),
    /// A link that is none, shown as it was typed.
    NoLink,
    /// An image in a link; only its text is shown.
    Within,
}

impl<'a> Writer<'a> {
    pub(super) fn open_span(&mut self, tag: Tag<'a>, range: Range<usize>) {
        let (tags, length) = match tag {
            Tag::Emphasis => (("<em>", "</em>"), 1),
            Tag::Strong => (("<strong>", "</strong>"), 2),
            Tag::Strikethrough => (("<del>", "</del>"), 2),
            Tag::Image { dest_url, .. } => return self.open_link(&dest_url, &range, 2),
            Tag::Link { dest_url, .. } => return self.open_link(&dest_url, &range, 1),
            _ => return,
        };
        self.ended = range.start + length;
        if self.spans.len() >= MOST_SPANS || self.is_in_word(&range) {
            self.run.push_str(&self.source[range.start..self.ended]);
            return self.spans.push(Span::Typed(length));
        }
        self.flush();
        self.put(tags.0);
        self.spans.push(Span::Tag(tags.1));
    }

    pub(super) fn close_span(&mut self, range: Range<usize>) {
        match self.spans.pop() {
            Some(Span::Tag(end)) => {
                self.flush();
                self.put(end);
            }
            Some(Span::Typed(length)) => {
                self.run
                    .push_str(&self.source[range.end - length..range.end]);
            }
            Some(Span::NoLink) => {
                let rest = self.source.get(self.ended..range.end).unwrap_or_default();
                self.run.push_str(&marks::seen(rest));
            }
            Some(Span::Link(url)) => self.close_link(&url),
            Some(Span::Within) | None => {}
        }
        self.ended = range.end;
    }

    /// Whether it is within a word or a formula, as in 2*3*4. Scripts without spaces have emphasis there.
    fn is_in_word(&self, range: &Range<usize>) -> bool {
        let mut before = self.source[..range.start].trim_end_matches('*').bytes();
        let mut after = self.source[range.end..].trim_start_matches('*').bytes();
        let is_word = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric());
        self.source[range.start..].starts_with('*')
            && is_word(before.next_back())
            && is_word(after.next())
    }

    fn open_link(&mut self, url: &str, range: &Range<usize>, length: usize) {
        let url = marks::seen(url);
        self.ended = range.start + length;
        if self.link.is_some() {
            return self.spans.push(Span::Within);
        }
        let Some(target) = Target::parse(&url) else {
            let typed = &self.source[range.start..self.ended];
            self.run.push_str(typed);
            return self.spans.push(Span::NoLink);
        };
        self.flush();
        links::open(&mut self.draft, &target);
        self.spans.push(Span::Link(url.into_owned()));
        self.link = Some(String::new());
    }

    fn close_link(&mut self, url: &str) {
        if self.run.is_empty() && self.link.as_ref().is_some_and(String::is_empty) {
            self.run.push_str(url);
        }
        self.flush();
        let text = self.link.take().unwrap_or_default();
        if let Some(target) = Target::parse(url) {
            links::close(&mut self.draft, &target, &text);
        }
    }
}
