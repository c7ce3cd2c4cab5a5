//! People as HTML and as JSON.

use askama::Template;
use serde::Serialize;

use crate::{
    accounts::{Profile, ProfileChange},
    db::{ids::UserId, time},
    live::OnlineUsers,
    sidebar::SidebarView,
    web::page::Page,
};

/// Somebody as templates show them.
pub struct Person {
    pub profile: Profile,
    /// Whether they are anywhere on this server now.
    pub online: bool,
    /// The day they registered.
    pub since: String,
    /// The time of day where they live, and the zone's distance from UTC.
    pub local: Option<(String, String)>,
}

impl Person {
    /// Somebody, now.
    pub fn of(profile: Profile, online: &OnlineUsers) -> Person {
        Person {
            online: online.is_online(profile.id),
            since: time::day_label(profile.created_at),
            local: profile.local_time(time::now()),
            profile,
        }
    }
}

/// Somebody as programs get them.
#[derive(Serialize)]
pub struct PersonJson<'a> {
    id: UserId,
    username: &'a str,
    display_name: &'a str,
    about: &'a str,
    time_zone: &'a str,
    admin: bool,
    online: bool,
    created_at: String,
}

impl<'a> From<&'a Person> for PersonJson<'a> {
    fn from(person: &'a Person) -> PersonJson<'a> {
        let profile = &person.profile;
        PersonJson {
            id: profile.id,
            username: &profile.username,
            display_name: &profile.display_name,
            about: &profile.about,
            time_zone: &profile.time_zone,
            admin: profile.is_admin,
            online: person.online,
            created_at: time::iso(profile.created_at),
        }
    }
}

/// Everyone, or those whose names fit.
#[derive(Template)]
#[template(path = "people/list.html")]
pub struct List {
    pub page: Page,
    pub rail: SidebarView,
    pub words: String,
    pub people: Vec<Person>,
    /// How many to skip for the next page.
    pub next: Option<i64>,
}

/// One person.
#[derive(Template)]
#[template(path = "people/profile.html")]
pub struct Show {
    pub page: Page,
    pub rail: SidebarView,
    pub person: Person,
    /// Whether it is the reader.
    pub mine: bool,
}

/// The form for one's own profile.
#[derive(Template)]
#[template(path = "people/edit.html")]
pub struct Edit {
    pub page: Page,
    pub rail: SidebarView,
    pub username: String,
    pub draft: ProfileChange,
    /// Why it was refused, and at which field.
    pub error: Option<(&'static str, String)>,
}

impl Edit {
    fn value(&self, field: &str) -> &str {
        let value = match field {
            "display_name" => &self.draft.display_name,
            "about" => &self.draft.about,
            _ => &self.draft.time_zone,
        };
        value.as_deref().unwrap_or_default()
    }

    fn error_of(&self, field: &str) -> Option<&str> {
        let (at, text) = self.error.as_ref()?;
        (*at == field).then_some(text)
    }
}
