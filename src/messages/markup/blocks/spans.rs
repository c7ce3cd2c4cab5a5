//! Emphasis and links.

use std::ops::Range;

use pulldown_cmark::{LinkType, Tag};

use super::{HtmlWriter, links};
use crate::messages::{
    markup::{escapes::is_in_word, links::Target, placeholders},
    text,
};

/// The deepest nesting of emphasis; deeper emphasis is shown as typed.
const MAX_SPANS: usize = 8;

/// An open span within a paragraph.
pub enum OpenSpan {
    /// A tag, with its closing tag.
    Tag(&'static str),
    /// Emphasis shown as typed, with the number of characters that close it.
    Typed(usize),
    /// A link, with its address and title.
    Link(String, String),
    /// Link whose URL is not allowed; rendered as its source text.
    NoLink,
    /// An image in a link; only its text is shown.
    Within,
}

impl<'a> HtmlWriter<'a> {
    pub(super) fn open_span(&mut self, tag: Tag<'a>, range: Range<usize>) {
        let (tags, length) = match tag {
            Tag::Emphasis => (("<em>", "</em>"), 1),
            Tag::Strong => (("<strong>", "</strong>"), 2),
            Tag::Strikethrough => (("<del>", "</del>"), 2),
            Tag::Image {
                dest_url, title, ..
            } => return self.open_link((&dest_url, &title), &range, 2),
            Tag::Link {
                dest_url,
                title,
                link_type,
                ..
            } => {
                // An address in angle brackets asks for no preview.
                let is_bare = matches!(link_type, LinkType::Autolink | LinkType::Email);
                if let (false, None, Some(target)) = (
                    is_bare,
                    &self.link,
                    Target::parse(&placeholders::unmask(&dest_url)),
                ) {
                    links::remember(&mut self.parts, &target);
                }
                return self.open_link((&dest_url, &title), &range, 1);
            }
            _ => return,
        };
        self.ended = range.start + length;
        if self.spans.len() >= MAX_SPANS || is_in_word(self.source, &range) {
            self.run.push_str(&self.source[range.start..self.ended]);
            return self.spans.push(OpenSpan::Typed(length));
        }
        self.flush();
        self.put(tags.0);
        self.spans.push(OpenSpan::Tag(tags.1));
    }

    pub(super) fn close_span(&mut self, range: Range<usize>) {
        match self.spans.pop() {
            Some(OpenSpan::Tag(end)) => {
                self.flush();
                self.put(end);
            }
            Some(OpenSpan::Typed(length)) => {
                self.run
                    .push_str(&self.source[range.end - length..range.end]);
            }
            Some(OpenSpan::NoLink) => {
                let rest = self.source.get(self.ended..range.end).unwrap_or_default();
                self.run.push_str(&placeholders::unmask(rest));
            }
            Some(OpenSpan::Link(url, title)) => {
                self.close_link(&url);
                self.show_title(&title, &range);
            }
            Some(OpenSpan::Within) | None => {}
        }
        self.ended = range.end;
    }

    fn open_link(&mut self, (url, title): (&str, &str), range: &Range<usize>, length: usize) {
        let url = placeholders::unmask(url);
        self.ended = range.start + length;
        if self.link.is_some() {
            return self.spans.push(OpenSpan::Within);
        }
        let Some(target) = Target::parse(&url) else {
            let typed = &self.source[range.start..self.ended];
            self.run.push_str(typed);
            return self.spans.push(OpenSpan::NoLink);
        };
        self.flush();
        links::open(&mut self.parts, &target);
        let title = placeholders::unmask(title).into_owned();
        self.spans.push(OpenSpan::Link(url.into_owned(), title));
        self.link = Some(String::new());
    }

    /// Shows the title of a link after it, in its quotation marks. Few readers see titles of elements.
    fn show_title(&mut self, title: &str, range: &Range<usize>) {
        let typed = self.source[range.clone()].trim_end_matches(')').trim_end();
        let (begin, end) = match typed.chars().next_back() {
            _ if title.is_empty() => return,
            Some(quote @ ('"' | '\'')) => (quote, quote),
            _ => ('(', ')'),
        };
        self.run.push_str(&format!(" {begin}{title}{end}"));
    }

    fn close_link(&mut self, url: &str) {
        let is_blank = |text: &str| text.chars().all(text::is_blank);
        if is_blank(&self.run) && self.link.as_deref().is_some_and(is_blank) {
            self.run.push_str(url);
        }
        self.flush();
        let text = self.link.take().unwrap_or_default();
        if let Some(target) = Target::parse(url) {
            links::close(&mut self.parts, &target, &text);
        }
    }
}
