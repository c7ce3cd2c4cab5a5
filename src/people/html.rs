//! People as HTML.

use askama::Template;

use super::{Profile, ProfileChange};
use crate::{
    accounts::{AvatarSource, shown_name},
    db::{ids::UserId, time},
    events::Event,
    live::Live,
    web::{
        form_error::{FormError, sentence},
        picture_section::PictureSection,
    },
};

/// User as templates show them.
pub struct Person {
    pub profile: Profile,
    pub online: bool,
    /// The day they registered.
    pub since: String,
    /// The same moment for scripts.
    pub since_iso: String,
    /// Their local time of day, and the offset of their time zone from UTC.
    pub local: Option<(String, String)>,
}

impl Person {
    /// Builds the view with the current state.
    pub fn of(profile: Profile, live: &Live) -> Person {
        Person {
            online: live.online().is_online(profile.id),
            since: time::day_label(profile.created_at),
            since_iso: time::iso(profile.created_at),
            local: profile.local_time(time::now()),
            profile,
        }
    }
}

/// HTML that replaces the names and the picture of a user wherever a page shows them.
#[derive(Template)]
#[template(path = "people/names_push.html")]
struct NamesPush<'a> {
    user: UserId,
    name: &'a str,
    /// The username with its @ beside a display name.
    secondary: String,
    small: AvatarSource,
    large: AvatarSource,
}

/// Publishes the names and the picture after an [`Event::UserChanged`] to all open pages.
pub fn publish_names(live: &Live, event: &Event) {
    let Event::UserChanged {
        user,
        username,
        display_name,
        avatar,
    } = event
    else {
        return;
    };
    let push = NamesPush {
        user: *user,
        name: shown_name(username, display_name),
        secondary: match &**display_name {
            "" => String::new(),
            _ => format!("@{username}"),
        },
        small: AvatarSource::small(*user, *avatar),
        large: AvatarSource::large(*user, *avatar),
    };
    match push.render() {
        Ok(html) => live.publish_everywhere(&html),
        Err(error) => tracing::error!(%error, "changed names could not be rendered"),
    }
}

/// All users, or those found.
#[derive(Template)]
#[template(path = "people/list.html")]
pub struct PeopleList {
    pub words: String,
    pub people: Vec<Person>,
    /// Offset of the next page.
    pub next: Option<i64>,
}

/// Page of one user.
#[derive(Template)]
#[template(path = "people/profile.html")]
pub struct ProfilePage {
    pub person: Person,
    pub mine: bool,
}

/// Card of one user, which opens beside their name.
#[derive(Template)]
#[template(path = "people/card.html")]
pub struct PersonCard {
    pub person: Person,
    pub mine: bool,
}

/// Form for one's own profile.
#[derive(Template)]
#[template(path = "people/edit.html")]
pub struct ProfileForm {
    pub username: String,
    pub picture: PictureSection,
    pub draft: ProfileChange,
    pub error: Option<FormError>,
}

impl ProfileForm {
    fn value(&self, field: &str) -> &str {
        let value = match field {
            "display_name" => &self.draft.display_name,
            "about" => &self.draft.about,
            _ => &self.draft.time_zone,
        };
        value.as_deref().unwrap_or_default()
    }

    /// Whether the profile is still empty, so that the browser's time zone can be suggested.
    fn is_first(&self) -> bool {
        let fields = ["display_name", "about", "time_zone"];
        self.error.is_none() && fields.iter().all(|field| self.value(field).is_empty())
    }

    fn error_of(&self, field: &str) -> Option<String> {
        sentence(self.error.as_ref(), field)
    }
}
