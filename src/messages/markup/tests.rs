//! Rendering of typed messages.

mod custom_emoji;
mod ends_of_links;
mod highlighted;
mod linear;
mod mentioned;
mod nasty;
mod oracle;
mod properties;
mod reader;
mod shown;
mod stays;
mod typed;

use super::*;
use crate::{accounts::fold, emoji::shortcodes};

/// Resolves only the name Ada.
fn known(key: &str) -> Option<(UserId, String)> {
    (key == fold("ada")).then(|| (UserId(7), "ada".into()))
}

fn html(text: &str) -> String {
    render(text).html(&known, true).to_string()
}

/// Asserts that each text renders as the HTML after it: lines of `text ⇒ HTML`. `⏎` is a line end, `␣` a space at the
/// start. `<a http://…>` and `<pre>` are short for the start of an outgoing link and of a code block.
fn all(examples: &str) {
    for line in examples.lines().filter(|line| line.contains('⇒')) {
        let (text, expected) = line.trim().split_once(" ⇒ ").expect("an example");
        let text = text.replace('⏎', "\n").replace('␣', " ");
        assert_eq!(html(&text), in_full(expected), "{text}");
        let rendered = render(&text).html;
        assert_eq!(oracle::clean(&rendered), rendered, "{text}");
    }
}

/// The HTML without the short forms of [`all`].
fn in_full(html: &str) -> String {
    let html = html.replace("<pre>", r#"<pre dir="ltr" tabindex="0"><code>"#);
    let html = html.replace("</pre>", "</code></pre>").replace('⏎', "\n");
    let mut links = html.split("<a ");
    let mut full = links.next().unwrap_or_default().to_owned();
    for link in links {
        match link.split_once('>').filter(|(tag, _)| !tag.contains('"')) {
            Some((href, rest)) => full += &format!("<a href=\"{href}\" {OUTGOING}>{rest}"),
            None => full = full + "<a " + link,
        }
    }
    full
}

/// The attributes of an outgoing link.
const OUTGOING: &str = r#"rel="noopener noreferrer nofollow" target="_blank""#;
