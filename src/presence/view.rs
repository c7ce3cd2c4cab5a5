//! The list of people and the lines about them, for pages.

use askama::Template;

use super::Present;

/// The list and its count, as pieces that replace themselves.
#[derive(Template)]
#[template(path = "presence/push.html")]
pub struct List<'a> {
    pub presence: &'a Present,
}

/// "ada joined the chat!"
#[derive(Template)]
#[template(path = "presence/line.html")]
pub struct Line<'a> {
    pub text: &'a str,
}
