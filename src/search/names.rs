//! Rooms and people found by name, as a page, as options of the switcher, and as JSON.

use askama::Template;
use serde::Serialize;

use crate::{
    people::{Person, PersonJson},
    rooms::{RoomCard, RoomJson},
};

/// Page of results.
#[derive(Template)]
#[template(path = "search/names.html")]
pub struct NamesPage {
    pub words: String,
    pub found: FoundNames,
}

/// Results as options of the switcher.
#[derive(Template)]
#[template(path = "search/name_options.html")]
pub struct NameOptions {
    pub words: String,
    pub found: FoundNames,
}

/// Rooms and people whose names match.
pub struct FoundNames {
    /// Rooms of the reader.
    pub rooms: Vec<RoomCard>,
    /// Open rooms that they could join.
    pub others: Vec<RoomCard>,
    pub people: Vec<Person>,
}

impl FoundNames {
    fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.others.is_empty() && self.people.is_empty()
    }
}

/// Results as JSON.
#[derive(Serialize)]
pub struct FoundNamesJson<'a> {
    pub rooms: Vec<RoomJson>,
    pub people: Vec<PersonJson<'a>>,
}
