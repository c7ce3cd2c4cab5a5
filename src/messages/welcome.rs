//! The welcome text of the server as HTML.

use super::markup;

/// Renders the welcome text like a message. It names no one and no room.
pub fn welcome_html(text: &str) -> String {
    let html = markup::render(text).html(&|_| None, false);
    html.as_str().to_owned()
}
