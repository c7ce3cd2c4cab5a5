//! A strict reader of finished HTML. It accepts only allowed tags in their exact form, closed in order,
//! and no other HTML characters.

use crate::messages::markup::code::CLASSES;

/// Tags without attributes.
const BARE: &str = "p em strong del code pre blockquote ul ol li br";
const BLOCKS: [&str; 6] = ["p", "pre", "blockquote", "ul", "ol", "li"];
const OUTGOING: &str = "\" rel=\"noopener noreferrer nofollow\" target=\"_blank";

/// The visible text. Blocks and lines end in a line feed.
pub fn read(html: &str) -> String {
    let (mut rest, mut text, mut open) = (html, String::new(), Vec::new());
    while let Some(at) = rest.find(['<', '>', '&', '\u{A0}']) {
        text.push_str(&rest[..at]);
        let end = at + rest[at..].find(['>', ';']).expect("it ends") + 1;
        match &rest[at..end] {
            "&lt;" => text.push('<'),
            "&gt;" => text.push('>'),
            "&amp;" => text.push('&'),
            "&nbsp;" => text.push('\u{A0}'),
            _ => {
                // An address may have a ; in it.
                let end = at + rest[at..].find('>').expect("a tag ends");
                tag(&rest[at..end], &mut open, &mut text, html);
                rest = &rest[end + 1..];
                continue;
            }
        }
        rest = &rest[end..];
    }
    text.push_str(rest);
    assert!(open.is_empty(), "{html}");
    text
}

fn tag<'a>(typed: &'a str, open: &mut Vec<&'a str>, text: &mut String, html: &str) {
    let tag = typed
        .strip_prefix('<')
        .unwrap_or_else(|| panic!("{typed} in {html}"));
    if let Some(name) = tag.strip_prefix('/') {
        assert_eq!(open.pop(), Some(name), "{html}");
        if BLOCKS.contains(&name) {
            text.push('\n');
        }
        return;
    }
    let name = tag.split(' ').next().unwrap_or_default();
    assert!(is_allowed(name, &tag[name.len()..]), "{tag} in {html}");
    if BLOCKS.contains(&name) {
        let parent = open.last().copied().unwrap_or("blockquote");
        let fits = match parent {
            "ul" | "ol" => name == "li",
            "li" | "blockquote" => name != "li",
            _ => false,
        };
        assert!(fits, "{name} in {parent}: {html}");
        text.push('\n');
    }
    match name {
        "br" => text.push('\n'),
        _ => open.push(name),
    }
}

fn is_allowed(name: &str, attributes: &str) -> bool {
    let quoted = |start: &str| attributes.strip_prefix(start)?.strip_suffix('"');
    let is_clean = |value: &str| !value.contains(['"', '<', '>', '\n', ' ']);
    match (name, attributes) {
        (name, "") => BARE.split(' ').any(|bare| bare == name),
        ("p" | "ul" | "ol" | "blockquote", " dir=\"auto\"") => true,
        ("pre", " dir=\"ltr\" tabindex=\"0\"") => true,
        ("span", " class=\"mention mention--room\"") => true,
        ("span", _) => quoted(" class=\"").is_some_and(|class| CLASSES.contains(&class)),
        ("ol", _) => {
            let rest = attributes.replacen(" dir=\"auto\"", "", 1);
            let rest = rest.replacen(" class=\"parens\"", "", 1);
            let start = rest
                .strip_prefix(" start=\"")
                .and_then(|rest| rest.strip_suffix('"'));
            rest.is_empty()
                || start.is_some_and(|start| start.parse::<u16>().is_ok_and(|start| start < 1000))
        }
        ("li", _) => quoted(" value=\"")
            .is_some_and(|value| value.parse::<u16>().is_ok_and(|value| value < 1000)),
        ("a", _) => {
            let href = quoted(" href=\"").and_then(|rest| rest.strip_suffix(OUTGOING));
            let out = href.is_some_and(|href| {
                let lower = href.to_ascii_lowercase();
                let mut schemes = ["http://", "https://", "mailto:"].iter();
                is_clean(href) && schemes.any(|scheme| lower.starts_with(scheme))
            });
            let person = quoted(" class=\"mention mention--7\" href=\"/people/");
            out || person.is_some_and(is_clean)
        }
        _ => false,
    }
}
