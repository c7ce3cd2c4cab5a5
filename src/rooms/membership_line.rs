//! Lines on open pages of a room about users who joined, were added, left or were removed.

use askama::Template;

use crate::{error::Result, live::Publication};

/// Line in a room about its members, for pages that show the room now. It is not stored.
#[derive(Template)]
#[template(path = "rooms/membership_line.html")]
pub enum MembershipLine<'a> {
    Joined { name: &'a str },
    Added { name: &'a str, by: &'a str },
    Left { name: &'a str },
    Removed { name: &'a str, by: &'a str },
}

impl MembershipLine<'_> {
    /// The line as a publication; plain-text clients are not told.
    pub fn publication(&self) -> Result<Publication> {
        Ok(Publication::new(None, &self.render()?, None))
    }
}
