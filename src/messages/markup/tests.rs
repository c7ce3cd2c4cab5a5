//! Rendering of typed messages.

mod highlighted;
mod nasty;
mod oracle;
mod properties;
mod reader;
mod shown;
mod stays;

use super::*;
use crate::accounts::fold;

/// Resolves only the name Ada.
fn known(key: &str) -> Option<(UserId, String)> {
    (key == fold("ada")).then(|| (UserId(7), "ada".into()))
}

fn html(text: &str) -> String {
    render(text).html(&known, true).to_string()
}

/// Asserts that each text renders as the expected HTML.
fn all(examples: &[(&str, &str)]) {
    for (text, expected) in examples {
        assert_eq!(html(text), *expected, "{text}");
        let rendered = render(text).html;
        assert_eq!(oracle::clean(&rendered), rendered, "{text}");
    }
}

fn link(url: &str, text: &str) -> String {
    format!(r#"<a href="{url}" rel="noopener noreferrer nofollow" target="_blank">{text}</a>"#)
}
