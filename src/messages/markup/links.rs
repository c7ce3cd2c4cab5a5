//! Links: where they may lead, and that they say so.

use unicode_normalization::UnicodeNormalization;
use url::Url;

use super::{
    Draft,
    escape::{self, Place},
};
use crate::messages::text::{addresses::is_web, is_blank};

/// Where a link leads: the web or a mailbox.
pub struct Target<'a> {
    href: &'a str,
    /// The host, or the mail address.
    shown: String,
}

impl Target<'_> {
    /// Takes an address as it was typed, if a browser would go where it seems to lead.
    pub fn parse(href: &str) -> Option<Target<'_>> {
        let url = Url::parse(href).ok()?;
        let shown = match url.scheme() {
            // A name and password before the host look like the host.
            "http" | "https" if is_web(href) && url.username().is_empty() => {
                url.password().is_none().then(|| url.host_str())??
            }
            "mailto" if !href.chars().any(is_blank) => url.path(),
            _ => return None,
        };
        let shown = shown.to_lowercase();
        (!shown.is_empty()).then_some(Target { href, shown })
    }
}

/// Appends a bare address as a link.
pub fn push(draft: &mut Draft, target: &Target, text: &str) {
    open(draft, target);
    escape::push(&mut draft.html, text, Place::Link);
    draft.html.push_str("</a>");
}

/// Begins a link.
pub fn open(draft: &mut Draft, target: &Target) {
    draft.rich = true;
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
