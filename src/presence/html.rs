//! HTML of the list of online users, of joins and leaves, and of typing users.

use std::{sync::Arc, time::Instant};

use askama::Template;

use super::RoomAttendees;
use crate::{db::ids::UserId, error::Result};

/// List and count, each of which replaces the one on the page.
#[derive(Template)]
#[template(path = "presence/push.html")]
pub struct AttendeeList<'a> {
    pub presence: &'a RoomAttendees,
}

impl RoomAttendees {
    /// Renders the HTML that replaces the list on a page.
    pub fn html(&self) -> Result<String> {
        Ok(AttendeeList { presence: self }.render()?)
    }
}

/// "ada joined the chat!"
#[derive(Template)]
#[template(path = "presence/line.html")]
pub struct SystemLine<'a> {
    pub text: &'a str,
}

/// Users who are typing.
#[derive(Template)]
#[template(path = "presence/typing.html")]
pub struct Typists<'a> {
    pub typists: &'a [(UserId, Arc<str>, Instant)],
}
