//! The list of people and the lines about them, for pages.

use std::{sync::Arc, time::Instant};

use askama::Template;

use super::RoomAttendees;
use crate::db::ids::UserId;

/// The list and its count, as pieces that replace themselves.
#[derive(Template)]
#[template(path = "presence/push.html")]
pub struct AttendeeList<'a> {
    pub presence: &'a RoomAttendees,
}

/// "ada joined the chat!"
#[derive(Template)]
#[template(path = "presence/line.html")]
pub struct SystemLine<'a> {
    pub text: &'a str,
}

/// Who is writing.
#[derive(Template)]
#[template(path = "presence/typing.html")]
pub struct Typists<'a> {
    pub typists: &'a [(UserId, Arc<str>, Instant)],
}
