//! Links: permitted targets, and visible hosts for misleading texts.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    RenderedParts,
    escape::{self, Context},
};
use crate::messages::text::{
    addresses::{is_web, starts_with},
    is_blank,
};

const MAILTO: &str = "mailto:";

/// The target of a typed address, with the scheme that it may lack.
pub fn href(typed: &str) -> Cow<'_, str> {
    let has_scheme = is_web(typed) || starts_with(typed, MAILTO);
    match has_scheme {
        true => typed.into(),
        false if starts_with(typed, "www.") => format!("http://{typed}").into(),
        false => format!("{MAILTO}{typed}").into(),
    }
}

/// The target of a link: a web address or a mailbox.
pub struct Target<'a> {
    href: &'a str,
    /// The host or the mail address.
    shown: String,
}

impl Target<'_> {
    /// Parses a typed address; `None` if a browser might read it in another way than a user.
    pub fn parse(href: &str) -> Option<Target<'_>> {
        let shown = match is_web(href) {
            true => web_host(&href[href.find("//")? + 2..])?,
            false => mailbox(href)?,
        };
        let shown = shown.nfkc().flat_map(char::to_lowercase).collect();
        Some(Target { href, shown })
    }
}

/// The host at the start of an address without its scheme. User names and passwords are refused,
/// because they look like a host, as is everything that browsers might read in two ways.
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

/// Remembers a link whose page may be shown below the message.
pub fn remember(parts: &mut RenderedParts, target: &Target) {
    if is_web(target.href) && !parts.is_quoted {
        parts.links.push(target.href.to_owned());
    }
}

/// Appends a bare address as a link.
pub fn push(parts: &mut RenderedParts, target: &Target, text: &str) {
    remember(parts, target);
    open(parts, target);
    escape::push(&mut parts.html, text, Context::Link);
    parts.html.push_str("</a>");
}

/// Begins a link.
pub fn open(parts: &mut RenderedParts, target: &Target) {
    parts.html.push_str("<a href=\"");
    escape::push(&mut parts.html, target.href, Context::Attribute);
    let rest = "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">";
    parts.html.push_str(rest);
}

/// Ends a link with the given text. A text that names another host than the target is followed by the
/// true host.
pub fn close(parts: &mut RenderedParts, target: &Target, text: &str) {
    parts.html.push_str("</a>");
    if names_another(text, &target.shown) {
        parts.html.push_str(" (");
        escape::push(&mut parts.html, &target.shown, Context::Link);
        parts.html.push(')');
    }
}

/// Whether a text contains something like a host or mail address that differs from `target`.
fn names_another(text: &str, target: &str) -> bool {
    let visible = text.chars().filter(|c| c.is_whitespace() || !is_blank(*c));
    let text: String = visible.nfkc().flat_map(char::to_lowercase).collect();
    let text = text.replace(['。', '․', '‧', '·'], ".");
    if target.contains('@') {
        return text.contains(['@', '.']) && text.trim() != target;
    }
    let after_scheme = text.split_once("://").map(|(_, rest)| host(rest));
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
    let hosts = words.map(host).filter(|word| looks_like_host(word));
    let mut named = hosts.chain(after_scheme).filter(|host| !host.is_empty());
    named.any(|named| named != host(target))
}

/// The comparable form of the host at the start of a text.
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
