//! Links: where they may lead, and that they say so.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    Draft,
    escape::{self, Place},
};
use crate::messages::text::{addresses::is_web, is_blank};

const MAILTO: &str = "mailto:";

/// Where a link leads: the web or a mailbox.
pub struct Target<'a> {
    href: &'a str,
    /// The host, or the mail address.
    shown: String,
}

impl Target<'_> {
    /// Takes an address as it was typed, if a browser would go where it seems to lead.
    pub fn parse(href: &str) -> Option<Target<'_>> {
        let shown = match is_web(href) {
            true => web_host(&href[href.find("//")? + 2..])?,
            false => mailbox(href)?,
        };
        let shown = shown.nfkc().flat_map(char::to_lowercase).collect();
        Some(Target { href, shown })
    }
}

/// The host that an address without its scheme begins with. A name and password before it would look
/// like the host, so they are refused, and so is all that browsers might read in two ways.
fn web_host(rest: &str) -> Option<&str> {
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let place = &rest[..end];
    if let Some(inner) = place.strip_prefix('[') {
        let (address, port) = inner.split_once(']')?;
        let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
        let fits = address.len() >= 2 && address.chars().all(is_part) && is_port(port);
        return fits.then_some(&place[..address.len() + 2]);
    }
    let (host, port) = place.split_at(place.find(':').unwrap_or(place.len()));
    let is_part =
        |c: char| c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '.' | '_');
    let starts = host.starts_with(char::is_alphanumeric);
    (starts && host.chars().all(is_part) && !host.contains("..") && is_port(port)).then_some(host)
}

fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':').unwrap_or(text);
    text.is_empty()
        || (digits.len() <= 5
            && digits.len() < text.len()
            && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn mailbox(href: &str) -> Option<&str> {
    let scheme = href.get(..MAILTO.len())?;
    let rest = &href[MAILTO.len()..];
    let fits = scheme.eq_ignore_ascii_case(MAILTO) && !rest.chars().any(is_blank);
    let address = &rest[..rest.find('?').unwrap_or(rest.len())];
    (fits && !address.is_empty()).then_some(address)
}

/// Appends a bare address as a link.
pub fn push(draft: &mut Draft, target: &Target, text: &str) {
    open(draft, target);
    escape::push(&mut draft.html, text, Place::Link);
    draft.html.push_str("</a>");
}

/// Begins a link.
pub fn open(draft: &mut Draft, target: &Target) {
    draft.html.push_str("<a href=\"");
    escape::push(&mut draft.html, target.href, Place::Attribute);
    let rest = "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">";
    draft.html.push_str(rest);
}

/// Ends a link that shows a text: one that names another place than the link leads to is followed by
/// the true one.
pub fn close(draft: &mut Draft, target: &Target, text: &str) {
    draft.html.push_str("</a>");
    if names_another(text, &target.shown) {
        draft.html.push_str(" (");
        escape::push(&mut draft.html, &target.shown, Place::Link);
        draft.html.push(')');
    }
}

/// Whether something in a text looks like a host or mail address, but is not this one.
fn names_another(text: &str, place: &str) -> bool {
    let visible = text.chars().filter(|c| c.is_whitespace() || !is_blank(*c));
    let text: String = visible.nfkc().flat_map(char::to_lowercase).collect();
    let text = text.replace(['。', '․', '‧', '·'], ".");
    if place.contains('@') {
        return text.contains(['@', '.']) && text.trim() != place;
    }
    let after_scheme = text.split_once("://").map(|(_, rest)| host(rest));
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
    let hosts = words.map(host).filter(|word| looks_like_host(word));
    let mut named = hosts.chain(after_scheme).filter(|host| !host.is_empty());
    named.any(|named| named != host(place))
}

/// What is compared of a host: the start of a text up to where a host ends.
fn host(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
    let host = text[..end.unwrap_or(text.len())].trim_matches(['.', '-']);
    host.strip_prefix("www.").unwrap_or(host)
}

fn looks_like_host(word: &str) -> bool {
    let mut labels = word.rsplit('.');
    let last = labels.next().unwrap_or_default();
    let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit()) && !label.is_empty();
    let is_ip = || word.split('.').count() == 4 && word.split('.').all(is_number);
    let is_top = last.chars().nth(1).is_some() && last.chars().all(char::is_alphabetic);
    labels.next().is_some_and(|label| !label.is_empty()) && (is_top || last.starts_with("xn--"))
        || is_ip()
}
