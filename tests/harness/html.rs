//! Parses the server's markup with string searches, as far as the tests need it.

/// A message element, parsed from markup.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageElement {
    pub id: i64,
    pub rev: i64,
    pub author_id: i64,
    pub author: String,
    pub client_id: String,
    /// The opening tag, which has the classes.
    pub tag: String,
    /// The inner markup of `.message__body`.
    pub body: String,
    /// The visible text of the body.
    pub text: String,
    /// The whole element, byte for byte.
    pub html: String,
}

impl MessageElement {
    pub fn has_class(&self, name: &str) -> bool {
        attribute(&self.tag, "class").is_some_and(|list| list.split(' ').any(|one| one == name))
    }
}

/// All message elements in a piece of markup, in document order.
pub fn message_elements(html: &str) -> Vec<MessageElement> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find("<article") {
        let end =
            rest[start..].find("</article>").expect("an article ends") + start + "</article>".len();
        if let Some(element) = message_element(&rest[start..end]) {
            found.push(element);
        }
        rest = &rest[end..];
    }
    found
}

fn message_element(html: &str) -> Option<MessageElement> {
    let tag = opening_tag(html);
    let classes = attribute(tag, "class")?;
    if !classes.split(' ').any(|one| one == "message") {
        return None;
    }
    let number = |name: &str| attribute(tag, name).and_then(|value| value.parse().ok());
    let id = attribute(tag, "id")?;
    let body = inside(html, "message__body").expect("a message has a body");
    Some(MessageElement {
        id: id
            .strip_prefix("message-")
            .and_then(|id| id.parse().ok())
            .expect("id is message-<id>"),
        rev: number("data-rev").expect("a message has data-rev"),
        author_id: number("data-author").expect("a message has data-author"),
        author: text_of(&inside(html, "message__author").expect("a message names its author")),
        client_id: attribute(tag, "data-client").unwrap_or_default(),
        tag: tag.to_string(),
        text: text_of(&body),
        body,
        html: html.to_string(),
    })
}

/// The ids of message elements.
pub fn element_ids(elements: &[MessageElement]) -> Vec<i64> {
    elements.iter().map(|element| element.id).collect()
}

/// The first tag of a piece of markup.
pub fn opening_tag(html: &str) -> &str {
    &html[..html.find('>').map_or(html.len(), |end| end + 1)]
}

/// An attribute's value in an opening tag, unescaped.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let end = tag[start..].find('"')? + start;
    Some(unescape(&tag[start..end]))
}

/// The opening tags of all elements with a name.
pub fn tags<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let opening = format!("<{element}");
    let starts = html.match_indices(&opening).map(|(at, _)| at);
    let whole = starts.filter(|at| html[at + opening.len()..].starts_with([' ', '>', '\n']));
    whole.map(|at| opening_tag(&html[at..])).collect()
}

/// The inner markup of the first element with a class (or an id, written `#id`).
pub fn inside(html: &str, name: &str) -> Option<String> {
    let tag = tag_of(html, name)?;
    let from = tag.as_ptr() as usize - html.as_ptr() as usize;
    let element = tag[1..].split([' ', '>']).next()?;
    let start = from + tag.len();
    Some(html[start..start + closing(&html[start..], element)?].to_string())
}

/// The opening tag of the first element with a class (or an id, written `#id`).
pub fn tag_of<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(at) = html[from..].find('<').map(|at| at + from) {
        let tag = opening_tag(&html[at..]);
        let matches = match name.strip_prefix('#') {
            Some(id) => attribute(tag, "id").is_some_and(|value| value == id),
            None => {
                attribute(tag, "class").is_some_and(|list| list.split(' ').any(|one| one == name))
            }
        };
        if matches {
            return Some(tag);
        }
        from = at + 1;
    }
    None
}

/// Position of the tag that closes the open element; elements of the same name may nest.
fn closing(html: &str, element: &str) -> Option<usize> {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let (mut depth, mut from) = (1, 0);
    loop {
        let end = html[from..].find(&close)? + from;
        depth += html[from..end].matches(&open).count();
        depth -= 1;
        if depth == 0 {
            return Some(end);
        }
        from = end + close.len();
    }
}

/// Markup without the contents of `<template>`, which is not displayed.
pub fn shown(html: &str) -> String {
    let mut displayed = String::new();
    for part in html.split("<template") {
        displayed.push_str(part.split("</template>").last().unwrap_or_default());
    }
    displayed
}

/// Visible text: without tags, with a line break for `<br>`, an empty line between paragraphs, and resolved entities.
pub fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html.trim();
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let end = rest[start..]
            .find('>')
            .map_or(rest.len(), |end| start + end + 1);
        if rest[start..end].starts_with("<br") {
            text.push('\n');
        }
        let opens = ["<p>", "<p dir=\"auto\">"].contains(&&rest[start..end]);
        if opens && !text.is_empty() {
            text.push_str("\n\n");
        }
        rest = &rest[end..];
    }
    text.push_str(rest);
    unescape(&text)
}

/// Resolves the entities that escaping produces.
pub fn unescape(text: &str) -> String {
    let named = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    let numbered = named
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'");
    let numbered = numbered.replace("&#60;", "<").replace("&#62;", ">");
    numbered.replace("&#38;", "&").replace("&amp;", "&")
}
