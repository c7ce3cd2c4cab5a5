//! Extraction of metadata from the head of an HTML page. Accepts any input; a truncated or malformed page yields less.

use super::entities;

/// Elements whose content isn't parsed as markup.
const RAW: [&str; 4] = ["script", "style", "noscript", "template"];
/// Meta properties for each field, in order of preference (Open Graph, Twitter Cards, HTML).
const TITLES: [&str; 2] = ["og:title", "twitter:title"];
const DESCRIPTIONS: [&str; 3] = ["og:description", "twitter:description", "description"];
const SITES: [&str; 2] = ["og:site_name", "application-name"];
const PICTURES: [&str; 5] = [
    "og:image:secure_url",
    "og:image",
    "og:image:url",
    "twitter:image",
    "twitter:image:src",
];

/// Metadata of a page, decoded but not cleaned.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PageHead {
    pub title: String,
    pub description: String,
    pub site: String,
    /// URL, which may be relative.
    pub picture: Option<String>,
    /// Label of the encoding that the page declares.
    pub charset: Option<String>,
}

/// Attributes of a `meta` element.
#[derive(Default)]
struct Meta {
    /// Lowercase `name` or `property`.
    name: Option<String>,
    content: Option<String>,
    /// Encoding, from `charset` or from a `Content-Type`.
    charset: Option<String>,
}

/// Reads the metadata of a page, up to its body.
pub fn read(page: &str) -> PageHead {
    let (mut title, mut charset, mut metas) = (None, None, Vec::new());
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = after(comment, "-->");
            continue;
        }
        let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '/');
        let name = rest[..name_end.unwrap_or(rest.len())].to_ascii_lowercase();
        rest = &rest[name.len()..];
        match &*name {
            "/head" | "body" => break,
            "meta" => {
                let (meta, after_tag) = read_meta(rest);
                charset = charset.or(meta.charset);
                metas.extend(meta.name.zip(meta.content));
                rest = after_tag;
            }
            "title" => {
                rest = after(rest, ">");
                let (text, after_title) = rest.split_at(end_of("title", rest));
                title = title.or(Some(entities::decode(text)));
                rest = after_title;
            }
            "svg" => rest = &rest[end_of("svg", rest)..],
            raw if RAW.contains(&raw) => rest = &rest[end_of(raw, rest)..],
            _ => {}
        }
    }
    let first = |names: &[&str]| {
        let mut named = names.iter().filter_map(|name| {
            let mut metas = metas.iter();
            metas.find(|(meta, content)| meta == name && !content.trim().is_empty())
        });
        named.next().map(|(_, content)| content.clone())
    };
    PageHead {
        title: first(&TITLES).or(title).unwrap_or_default(),
        description: first(&DESCRIPTIONS).unwrap_or_default(),
        site: first(&SITES).unwrap_or_default(),
        picture: first(&PICTURES).map(|url| url.trim().to_owned()),
        charset,
    }
}

/// Returns the text on one line, without invisible characters and text direction overrides, and truncated to `max`
/// characters.
pub fn cleaned(text: &str, max: usize) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{FEFF}'
            )
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}')
            || matches!(c, '\u{FDD0}'..='\u{FDEF}' | '\u{E0000}'..='\u{E0FFF}')
    };
    let words = text.split_whitespace().map(|word| {
        let shown = word.chars().filter(|c| !is_hidden(*c));
        shown.collect::<String>()
    });
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(max) {
        None => line,
        Some(_) => {
            let cut: String = line.chars().take(max - 1).collect();
            format!("{}…", cut.trim_end())
        }
    }
}

/// Returns the label after `charset=` in a `Content-Type`.
pub fn charset_of(content_type: &str) -> Option<String> {
    let lowercase = content_type.to_ascii_lowercase();
    let (_, rest) = lowercase.split_once("charset")?;
    let rest = rest.trim_start().strip_prefix('=')?;
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, ';' | ',' | '"' | '\'');
    let label = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    (!label.is_empty()).then(|| label.to_owned())
}

/// Reads the attributes of a `meta` element. Returns them, and the text after the element.
fn read_meta(mut rest: &str) -> (Meta, &str) {
    let (mut meta, mut is_content_type) = (Meta::default(), false);
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        match rest.chars().next() {
            None => break,
            Some('>') => {
                rest = &rest[1..];
                break;
            }
            Some(_) => {}
        }
        let (attribute, value, after) = read_attribute(rest);
        let value = value.trim();
        match &*attribute {
            "property" | "name" => meta.name = meta.name.or(Some(value.to_ascii_lowercase())),
            "content" => meta.content = meta.content.or(Some(entities::decode(value))),
            "charset" => meta.charset = meta.charset.or(Some(value.to_owned())),
            "http-equiv" => is_content_type = value.eq_ignore_ascii_case("content-type"),
            _ => {}
        }
        rest = after;
    }
    if is_content_type && meta.charset.is_none() {
        meta.charset = meta.content.as_deref().and_then(charset_of);
    }
    (meta, rest)
}

/// Reads an attribute. Returns its lowercase name, its value, and the text after it. Always consumes at least one
/// character.
fn read_attribute(text: &str) -> (String, &str, &str) {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
    let end = text[first..]
        .find(is_end)
        .map_or(text.len(), |at| first + at);
    let (name, rest) = (text[..end].to_ascii_lowercase(), &text[end..]);
    let Some(value) = rest.trim_start().strip_prefix('=') else {
        return (name, "", rest);
    };
    let value = value.trim_start();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = &value[1..];
            let end = inner.find(quote).unwrap_or(inner.len());
            let rest = inner.get(end + 1..).unwrap_or_default();
            (name, &inner[..end], rest)
        }
        _ => {
            let is_end = |c: char| c.is_ascii_whitespace() || c == '>';
            let (value, rest) = value.split_at(value.find(is_end).unwrap_or(value.len()));
            (name, value, rest)
        }
    }
}

/// Returns the text after the first `mark`, or an empty text if there is none.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or("", |(_, rest)| rest)
}

/// Returns the offset of an element's end tag, or of the end of the text.
fn end_of(name: &str, text: &str) -> usize {
    let is_end = |at: &usize| {
        let tag = text.get(at + 2..at + 2 + name.len());
        tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name))
    };
    let mut ends = text.match_indices("</").map(|(at, _)| at);
    ends.find(is_end).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
