//! Links to open rooms in rendered text: `#design` and `#design team`. Only rooms that all users may see are linked,
//! because the HTML is the same for all readers.

use crate::{db::ids::RoomId, rooms::RoomName};

/// The most rooms looked up for one message.
const MAX: usize = 20;
/// The most words of a name that are tried.
const MAX_WORDS: usize = 5;
/// The most characters of a room's name.
const MAX_CHARS: usize = 48;

/// A `#` in the text of some HTML, and what may be the name after it.
struct TypedRoom<'a> {
    /// Index of the `#`.
    at: usize,
    /// Beginnings of the text after the `#` that may be a name, longest first.
    names: Vec<&'a str>,
}

/// Keys of the room names that some HTML may contain. A `#` is followed by several candidates.
pub fn keys(html: &str) -> Vec<String> {
    if !html.contains('#') {
        return Vec::new();
    }
    let names = typed_rooms(html).into_iter().flat_map(|typed| typed.names);
    names.filter_map(key).collect()
}

/// The key of the room with this name.
pub fn key(name: &str) -> Option<String> {
    RoomName::parse(name).ok().map(|name| name.key())
}

/// The HTML with a link for each `#name` that `known` resolves.
pub fn link(html: &str, known: &impl Fn(&str) -> Option<RoomId>) -> String {
    let (mut out, mut done) = (String::with_capacity(html.len() + 64), 0);
    for TypedRoom { at, names } in typed_rooms(html) {
        let found = names.iter().find_map(|name| Some((name, known(name)?)));
        let (Some((name, room)), true) = (found, at >= done) else {
            continue;
        };
        let end = at + "#".len() + name.len();
        out.push_str(&html[done..at]);
        out.push_str(&format!("<a class=\"room-link\" href=\"/rooms/{room}\">"));
        out.push_str(&html[at..end]);
        out.push_str("</a>");
        done = end;
    }
    out.push_str(&html[done..]);
    out
}

/// Each `#` before a letter or number, outside of links and code.
fn typed_rooms(html: &str) -> Vec<TypedRoom<'_>> {
    let (mut found, mut verbatim, mut at) = (Vec::new(), 0, 0);
    let mut before = None;
    while let Some(c) = html[at..].chars().next() {
        let rest = &html[at..];
        if c == '<' {
            let end = rest.find('>').map_or(rest.len(), |end| end + 1);
            match rest[1..end].trim_end_matches('>').split(' ').next() {
                Some("a" | "code" | "pre") => verbatim += 1,
                Some("/a" | "/code" | "/pre") => verbatim -= 1,
                _ => {}
            }
            (at, before) = (at + end, None);
            continue;
        }
        let follows_word = before.is_some_and(|c: char| c.is_alphanumeric() || "#&/_@".contains(c));
        if c == '#' && verbatim == 0 && !follows_word && found.len() < MAX {
            let names = beginnings(&rest[1..]);
            if !names.is_empty() {
                found.push(TypedRoom { at, names });
            }
        }
        (at, before) = (at + c.len_utf8(), Some(c));
    }
    found
}

/// The first words of a text that may be a name, longest first.
fn beginnings(text: &str) -> Vec<&str> {
    let is_end =
        |c: char| !(c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '\'' | '’'));
    let line = &text[..text.find(is_end).unwrap_or(text.len())];
    if !line.starts_with(char::is_alphanumeric) {
        return Vec::new();
    }
    let ends = line
        .match_indices(' ')
        .map(|(at, _)| at)
        .chain([line.len()]);
    let mut names: Vec<&str> = Vec::new();
    for end in ends.take(MAX_WORDS) {
        let name = line[..end].trim_end_matches(|c: char| !c.is_alphanumeric());
        for name in [name, line[..end].trim_end()] {
            if name.chars().nth(MAX_CHARS).is_none() && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(html: &str) -> String {
        link(html, &|name| match name {
            "design" => Some(RoomId(5)),
            "design team" => Some(RoomId(6)),
            "旅行" => Some(RoomId(7)),
            "v1.2" => Some(RoomId(8)),
            _ => None,
        })
    }

    #[test]
    fn names_of_rooms_become_links() {
        let five = "<a class=\"room-link\" href=\"/rooms/5\">#design</a>";
        for (html, expected) in [
            ("<p>see #design</p>", format!("<p>see {five}</p>")),
            (
                "<p>#design, #design. (#design)</p>",
                format!("<p>{five}, {five}. ({five})</p>"),
            ),
            ("<p>#design is</p>", format!("<p>{five} is</p>")),
            (
                "<p>#design team meets</p>",
                "<p><a class=\"room-link\" href=\"/rooms/6\">#design team</a> meets</p>".into(),
            ),
            ("<em>#design</em>", format!("<em>{five}</em>")),
            ("<p>去#旅行！</p>", "<p>去#旅行！</p>".into()),
            (
                "<p>去 #旅行！</p>",
                "<p>去 <a class=\"room-link\" href=\"/rooms/7\">#旅行</a>！</p>".into(),
            ),
            (
                "<p>#v1.2.</p>",
                "<p><a class=\"room-link\" href=\"/rooms/8\">#v1.2</a>.</p>".into(),
            ),
        ] {
            assert_eq!(linked(html), expected);
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for html in [
            "<p>#designer</p>",
            "<p># design</p>",
            "<p>##design</p>",
            "<p>a#design</p>",
            "<p>x/#design</p>",
            "<p><code>#design</code></p>",
            "<pre tabindex=\"0\"><code>#design</code></pre>",
            "<a href=\"https://x.example/#design\">#design</a>",
            "<p>#unknown</p>",
            "<p>#</p>",
            "",
        ] {
            assert_eq!(linked(html), html);
        }
        let many = format!("<p>{}</p>", "#design ".repeat(200));
        assert_eq!(linked(&many).matches("<a ").count(), MAX);
    }
}
