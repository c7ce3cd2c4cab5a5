//! Users online in a room at one moment, and their list as text.

use std::sync::Arc;

use crate::db::ids::UserId;

/// User online in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    pub id: UserId,
    pub username: Arc<str>,
}

/// Users online in a room, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomAttendees {
    /// The first hundred.
    pub people: Vec<Attendee>,
    /// Total number.
    pub count: usize,
    /// Number of users not listed.
    pub more: usize,
}

impl RoomAttendees {
    /// The list as one line of text.
    pub fn line(&self) -> String {
        let names: Vec<&str> = self.people.iter().map(|person| &*person.username).collect();
        let more = match self.more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("🟢 Online Users: {}{more}", names.join(", "))
    }
}
