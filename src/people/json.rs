//! Users as JSON.

use serde::Serialize;

use super::Person;
use crate::db::{ids::UserId, time};

/// Profile as JSON.
#[derive(Serialize)]
pub struct PersonJson<'a> {
    id: UserId,
    username: &'a str,
    display_name: &'a str,
    about: &'a str,
    time_zone: &'a str,
    admin: bool,
    /// URL of the picture.
    picture: Option<String>,
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
            picture: profile.large_avatar().picture_url(),
            online: person.online,
            created_at: time::iso(profile.created_at),
        }
    }
}
