//! The allow-list for finished HTML: a second line of defense, independent of the writer.
//!
//! It accepts only the exact form that the writer produces: each `<` begins one of the known tags in its one
//! spelling, and tags nest correctly. A browser can therefore not read the HTML in another way.

use super::{PLACEHOLDER, code, links::Target};
use crate::emoji;

/// Tags that may have no attributes.
const TAGS: &str = "p br em strong del code pre blockquote ul ol li";
const OUTGOING: &str = "\" rel=\"noopener noreferrer nofollow\" target=\"_blank";
/// The deepest nesting of tags.
const MAX_DEPTH: usize = 64;

/// Whether the HTML is allowed in a message and has `names` placeholders.
pub fn passes(html: &str, names: usize) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut parts = html.split('<');
    let mut ok = is_text(parts.next().unwrap_or_default());
    for part in parts {
        let Some((tag, text)) = part.split_once('>') else {
            return false;
        };
        ok &= is_text(text);
        ok &= match tag.strip_prefix('/') {
            Some(name) => open.pop() == Some(name),
            None => {
                let name = tag.split(' ').next().unwrap_or_default();
                if !matches!(name, "br" | "img" | "source") {
                    open.push(name);
                }
                is_allowed(name, &tag[name.len()..]) || emoji::is_picture_tag(tag)
            }
        };
        ok &= open.len() <= MAX_DEPTH;
    }
    ok && open.is_empty() && html.matches(PLACEHOLDER).count() == names
}

/// Whether a text between tags has no other entities than the known ones.
fn is_text(text: &str) -> bool {
    let entities = ["amp;", "lt;", "gt;", "nbsp;", "quot;"];
    let is_entity = |rest: &str| entities.iter().any(|entity| rest.starts_with(entity));
    !text.contains('>') && text.split('&').skip(1).all(is_entity)
}

fn is_allowed(name: &str, attributes: &str) -> bool {
    let value = |start: &str| attributes.strip_prefix(start)?.strip_suffix('"');
    match (name, attributes) {
        (_, "") => TAGS.split(' ').any(|tag| tag == name),
        ("p" | "ul" | "ol" | "blockquote", " dir=\"auto\"") => true,
        ("pre", " dir=\"ltr\" tabindex=\"0\"") => true,
        ("span", _) => value(" class=\"").is_some_and(|class| code::CLASSES.contains(&class)),
        ("ol", _) => is_numbered_list(attributes),
        ("li", _) => {
            let number = value(" value=\"");
            number.is_some_and(|number| (1..=3).contains(&number.len()) && is_number(number))
        }
        ("a", _) => {
            let href = value(" href=\"").and_then(|rest| rest.strip_suffix(OUTGOING));
            href.is_some_and(is_address)
        }
        _ => false,
    }
}

/// Whether these are the attributes of a list with numbers: its direction, the mark after the numbers, the first
/// number.
fn is_numbered_list(attributes: &str) -> bool {
    let after = |text, start| str::strip_prefix(text, start).unwrap_or(text);
    let rest = after(after(attributes, " dir=\"auto\""), " class=\"parens\"");
    let start = rest.strip_prefix(" start=\"");
    let start = start.and_then(|start| start.strip_suffix('"'));
    rest.is_empty() || start.is_some_and(|start| (1..=3).contains(&start.len()) && is_number(start))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the value of `href` is a permitted link target.
fn is_address(href: &str) -> bool {
    !href.contains(['"', '<', '>', ' ', PLACEHOLDER])
        && is_text(href)
        && Target::parse(href).is_some()
}
