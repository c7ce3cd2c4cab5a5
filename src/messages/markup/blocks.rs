//! Turns the events of the Markdown parser into HTML.
//!
//! Headings become bold paragraphs, images become links. Rules and underlined headings are masked
//! (`mask`) and stay text. Indented text is not code: its indentation is shown. Only the outermost blocks
//! have `dir="auto"`; nested blocks inherit it, so that list markers are on the side of the text.

mod containers;
pub mod spans;

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{
    RenderedParts, code,
    escape::{self, Context},
    inline, links, mask, placeholders, plain,
};
use crate::emoji::CustomEmojis;
use spans::OpenSpan;

/// The deepest nesting of blocks. `mask` allows less; this is a safeguard.
const MAX_DEPTH: usize = 40;

/// Renders Markdown; `None` if it nests too deep.
pub fn write(text: &str, emoji: &CustomEmojis) -> Option<RenderedParts> {
    let masked = mask::mask(text);
    let mut writer = HtmlWriter::new(&masked);
    writer.parts.emoji = emoji.clone();
    let events = Parser::new_ext(&masked, Options::ENABLE_STRIKETHROUGH).into_offset_iter();
    for (event, range) in events {
        writer.take(event, range);
        if writer.depth > MAX_DEPTH {
            return None;
        }
    }
    Some(writer.end())
}

#[derive(Default)]
struct HtmlWriter<'a> {
    /// The masked text.
    source: &'a str,
    parts: RenderedParts,
    /// Typed text that is not written yet.
    run: String,
    /// Open emphasis and links.
    spans: Vec<OpenSpan>,
    /// The text of the open link so far.
    link: Option<String>,
    /// The text of the open code block so far.
    code: Option<String>,
    /// Whether the open code block is fenced.
    is_fenced: bool,
    /// The number of open quotes and lists.
    depth: usize,
    /// The position of each open quote in the HTML.
    quotes: Vec<usize>,
    /// The part of the HTML that is the last quote of nothing.
    hollow: Range<usize>,
    /// The next number of each open list; `None` for a list without numbers.
    lists: Vec<Option<u64>>,
    /// The number of outermost blocks so far.
    blocks: usize,
    /// The end of the last written part of a paragraph in the source.
    ended: usize,
    /// Whether a line ended there.
    broke: bool,
}

impl<'a> HtmlWriter<'a> {
    fn new(source: &'a str) -> HtmlWriter<'a> {
        HtmlWriter {
            source,
            parts: RenderedParts {
                html: String::with_capacity(2 * source.len() + 64),
                ..RenderedParts::default()
            },
            ..HtmlWriter::default()
        }
    }

    fn end(mut self) -> RenderedParts {
        self.flush();
        if self.blocks == 1 {
            plain::drop_direction(&mut self.parts);
        }
        self.parts
    }

    fn take(&mut self, event: Event<'a>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.finish(tag, range),
            Event::Code(code) => {
                self.indent(&range);
                self.flush();
                self.put("<code>");
                escape::push(
                    &mut self.parts.html,
                    &placeholders::unmask(&code),
                    Context::Code,
                );
                self.put("</code>");
                if let Some(link) = &mut self.link {
                    link.push_str(&placeholders::unmask(&code));
                }
                self.ended = range.end;
            }
            Event::SoftBreak | Event::HardBreak => {
                self.flush();
                self.put("<br>");
                (self.ended, self.broke) = (range.end, true);
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.text(&text, range);
            }
            // Masked, or an extension that is not enabled.
            _ => self.literal_paragraph(range),
        }
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        let text = placeholders::unmask(text);
        if let Some(code) = &mut self.code {
            return code.push_str(&text);
        }
        self.indent(&range);
        let is_escaped =
            range.start == self.ended + 1 && self.source.as_bytes().get(self.ended) == Some(&b'\\');
        let first = text.chars().next().map_or(0, char::len_utf8);
        if is_escaped {
            // An escaped character begins no name, shortcode or address.
            self.flush();
            escape::push(&mut self.parts.html, &text[..first], Context::Link);
            if let Some(link) = &mut self.link {
                link.push_str(&text[..first]);
            }
        }
        self.run
            .push_str(if is_escaped { &text[first..] } else { &text });
        self.ended = range.end;
    }

    fn start(&mut self, tag: Tag<'a>, range: Range<usize>) {
        match tag {
            Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Link { .. }
            | Tag::Image { .. } => {
                self.indent(&range);
                return self.open_span(tag, range);
            }
            _ => self.flush(),
        }
        self.ended = range.start;
        match tag {
            Tag::Paragraph => {
                self.open("<p", "");
                let before = &self.source[..range.start];
                let indented = before.trim_end_matches([' ', '\t']).len();
                self.keep_indentation(indented..range.start);
            }
            Tag::Heading { level, .. } => self.heading(level, &range),
            Tag::BlockQuote(_) => {
                self.quotes.push(self.parts.html.len());
                self.parts.is_quoted = true;
                self.open_container("<blockquote", "");
            }
            Tag::List(start) => self.open_list(start, &range),
            Tag::Item => self.open_item(&range),
            Tag::CodeBlock(kind) => {
                self.code = Some(String::new());
                self.is_fenced = matches!(kind, CodeBlockKind::Fenced(_));
            }
            _ => self.open("<p", ""),
        }
    }

    fn finish(&mut self, tag: TagEnd, range: Range<usize>) {
        if let TagEnd::Emphasis
        | TagEnd::Strong
        | TagEnd::Strikethrough
        | TagEnd::Link
        | TagEnd::Image = tag
        {
            return self.close_span(range);
        }
        self.flush();
        self.broke = false;
        match tag {
            TagEnd::Heading(_) => self.put("</strong></p>"),
            TagEnd::BlockQuote(_) => self.close_quote(range),
            TagEnd::List(is_numbered) => {
                self.lists.pop();
                self.close_container(if is_numbered { "</ol>" } else { "</ul>" });
            }
            TagEnd::Item => self.put("</li>"),
            TagEnd::CodeBlock => self.code_block(range),
            _ => self.put("</p>"),
        }
    }

    /// Retains a single `#`, which may precede a channel, a number or a command.
    fn heading(&mut self, level: HeadingLevel, range: &Range<usize>) {
        self.open("<p", "");
        self.put("<strong>");
        let typed = self.source[range.clone()].trim();
        if typed.trim_matches('#').trim().is_empty() {
            self.run.push_str(typed);
        } else if level == HeadingLevel::H1 && typed.starts_with('#') {
            self.run.push_str("# ");
        }
    }

    fn code_block(&mut self, range: Range<usize>) {
        let code = self.code.take().unwrap_or_default();
        let typed = &self.source[range.clone()];
        let outer = self.depth == 0;
        if self.is_fenced {
            if code.trim().is_empty() && code::is_bare(typed) {
                return self.typed_block(range);
            }
            self.blocks += usize::from(outer);
            return code::push(&mut self.parts, &placeholders::unmask(typed), &code);
        }
        let lines = code.lines().map(|line| match line.is_empty() {
            true => "\n".into(),
            false => format!("    {line}\n"),
        });
        let text: String = lines.collect();
        self.blocks += plain::paragraphs(&mut self.parts, &text, outer) * usize::from(outer);
    }

    /// Writes unsupported syntax as it was typed.
    fn literal_paragraph(&mut self, range: Range<usize>) {
        self.flush();
        self.open("<p", "");
        self.run
            .push_str(&placeholders::unmask(&self.source[range]));
        self.flush();
        self.put("</p>");
    }

    /// Retains the white space at the start of a line outside of lists and quotes.
    fn indent(&mut self, next: &Range<usize>) {
        if std::mem::take(&mut self.broke) && self.depth == 0 {
            self.keep_indentation(self.ended..next.start);
            self.ended = next.start;
        }
    }

    fn keep_indentation(&mut self, range: Range<usize>) {
        let space = self.source.get(range).unwrap_or_default();
        if self.depth == 0 && space.bytes().all(|b| matches!(b, b' ' | b'\t')) {
            self.run.push_str(space);
        }
    }

    /// Writes the pending text.
    fn flush(&mut self) {
        if self.run.is_empty() {
            return;
        }
        match &mut self.link {
            Some(link) => {
                link.push_str(&self.run);
                inline::push_in_link(&mut self.parts, &self.run);
            }
            None => inline::push(&mut self.parts, &self.run),
        }
        self.run.clear();
    }

    fn open(&mut self, tag: &str, attribute: &str) {
        self.put(tag);
        if self.depth == 0 {
            self.put(" dir=\"auto\"");
            self.blocks += 1;
        }
        self.put(attribute);
        self.put(">");
    }

    fn put(&mut self, html: &str) {
        self.parts.html.push_str(html);
    }
}
