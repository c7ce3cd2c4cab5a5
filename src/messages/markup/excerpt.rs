//! One-line excerpts of messages, for quotes and notifications.

use unicode_normalization::char::is_combining_mark;

use super::{
    PLACEHOLDER, RenderedParts, escape::is_turning, mention::MentionToken, placeholders, plain,
    write,
};
use crate::emoji::{self, CustomEmojis};

/// The text on one line without Markdown: at most `most` characters, cut between grapheme clusters, with
/// "…" for the rest.
pub fn excerpt(text: &str, most: usize) -> String {
    let text = &*placeholders::clean(text);
    let written = write(text, &CustomEmojis::default());
    let line = line(&written.unwrap_or_else(|| plain::literal(text)));
    match line.char_indices().nth(most) {
        None => line,
        Some(_) => cut(&line, most),
    }
}

fn cut(line: &str, most: usize) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut end = most.saturating_sub(1);
    while end > 0 && is_joined(&chars, end) {
        end -= 1;
    }
    let mut short: String = chars[..end].iter().collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Whether the characters before and after this index belong to one grapheme cluster.
fn is_joined(chars: &[char], at: usize) -> bool {
    let (before, after) = (chars[at - 1], chars[at]);
    let is_flag = |c: &char| matches!(c, '\u{1F1E6}'..='\u{1F1FF}');
    let flags = chars[..at].iter().rev().take_while(|c| is_flag(c)).count();
    is_combining_mark(after)
        || matches!(after, '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')
        || matches!(after, '\u{E0020}'..='\u{E007F}')
        || before == '\u{200D}'
        || (is_flag(&after) && flags % 2 == 1)
}

/// The visible text of rendered HTML, on one line.
pub fn line_of_html(html: &str) -> String {
    line(&RenderedParts {
        html: html.to_owned(),
        ..RenderedParts::default()
    })
}

/// The visible text of the HTML.
fn line(parts: &RenderedParts) -> String {
    let mut line = ExcerptLine::default();
    let (mut rest, mut names) = (parts.html.as_str(), parts.names.iter());
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '<' => {
                length = rest.find('>').map_or(rest.len(), |end| end + 1);
                line.tag(&rest[1..length - 1]);
            }
            '&' => {
                length = rest.find(';').map_or(rest.len(), |end| end + 1);
                line.push(match &rest[..length] {
                    "&lt;" => '<',
                    "&gt;" => '>',
                    "&nbsp;" => ' ',
                    _ => '&',
                });
            }
            PLACEHOLDER => {
                let name = names.next().into_iter().flat_map(MentionToken::typed);
                name.for_each(|c| line.push(c));
            }
            _ => line.push(c),
        }
        rest = &rest[length..];
    }
    line.out
}

#[derive(Default)]
struct ExcerptLine {
    out: String,
    space: bool,
    /// The next number of each open list, and the mark after it; `None` for a list without numbers.
    lists: Vec<Option<(u64, char)>>,
}

impl ExcerptLine {
    fn push(&mut self, c: char) {
        match c {
            _ if is_turning(c) => {}
            _ if c.is_whitespace() => self.space = true,
            _ => {
                if std::mem::take(&mut self.space) && !self.out.is_empty() {
                    self.out.push(' ');
                }
                self.out.push(c);
            }
        }
    }

    fn tag(&mut self, tag: &str) {
        match tag.split(' ').next().unwrap_or_default() {
            "br" | "/p" | "/pre" | "/li" | "p" | "pre" | "blockquote" => self.space = true,
            "/ul" | "/ol" => _ = self.lists.pop(),
            "img" => {
                let name = emoji::picture_name(tag).unwrap_or_default();
                format!(":{name}:").chars().for_each(|c| self.push(c));
            }
            "ul" => self.lists.push(None),
            "ol" => {
                let start = tag.split_once("start=\"");
                let start = start.and_then(|(_, rest)| rest.trim_end_matches('"').parse().ok());
                let mark = if tag.contains("parens") { ')' } else { '.' };
                self.lists.push(Some((start.unwrap_or(1), mark)));
            }
            "li" => {
                self.space = true;
                if let Some(Some((number, mark))) = self.lists.last_mut() {
                    let typed = tag.split_once("value=\"");
                    let typed = typed.and_then(|(_, rest)| rest.trim_end_matches('"').parse().ok());
                    *number = typed.unwrap_or(*number);
                    let text = format!("{number}{mark} ");
                    *number += 1;
                    text.chars().for_each(|c| self.push(c));
                }
            }
            _ => {}
        }
    }
}
