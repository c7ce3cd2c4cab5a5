//! The same allow-list for ammonia, which parses HTML as browsers do (html5ever). The tests use it to check
//! that a browser reads our HTML as intended. In the executable it would take 1.7 MB.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use crate::messages::markup::code;

const TAGS: &str = "p br em strong del code pre blockquote ul ol li a span";

/// Attributes and their permitted values.
const VALUES: [(&str, &[(&str, &str)]); 6] = [
    ("p", &[("dir", "auto")]),
    ("ul", &[("dir", "auto")]),
    ("ol", &[("dir", "auto")]),
    ("blockquote", &[("dir", "auto")]),
    ("pre", &[("dir", "ltr"), ("tabindex", "0")]),
    ("a", OUTGOING),
];
const OUTGOING: &[(&str, &str)] = &[
    ("rel", "noopener noreferrer nofollow"),
    ("target", "_blank"),
];

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(build);

/// The HTML without everything that is not allowed.
pub fn clean(html: &str) -> String {
    SANITIZER.clean(html).to_string()
}

fn build() -> Builder<'static> {
    let mut values: HashMap<_, HashMap<_, _>> = HashMap::new();
    for (tag, attributes) in VALUES {
        let allowed = attributes
            .iter()
            .map(|(name, value)| (*name, HashSet::from([*value])));
        values.insert(tag, allowed.collect());
    }
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.split(' ').collect())
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("ol", HashSet::from(["start"])),
            ("li", HashSet::from(["value"])),
        ]))
        .tag_attribute_values(values)
        .allowed_classes(HashMap::from([
            ("span", code::CLASSES.into_iter().collect()),
            ("ol", HashSet::from(["parens"])),
        ]))
        .attribute_filter(|tag, name, value| {
            let is_number = value.bytes().all(|b| b.is_ascii_digit());
            let counts = matches!((tag, name), ("ol", "start") | ("li", "value"));
            (!counts || is_number).then(|| value.into())
        })
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(None);
    builder
}
