//! People as HTML.

use askama::Template;

use super::{Account, AccountFilter, Profile, ProfileChange};
use crate::{
    accounts::{AvatarSource, ServerAction, ServerRole, User, demand, shown_name},
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
    username: &'a str,
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
        username,
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
    /// Whether the reader may invite people to the server.
    pub may_invite: bool,
    pub people: Vec<Person>,
    /// Offset of the next page.
    pub next: Option<i64>,
}

/// Page of one user.
#[derive(Template)]
#[template(path = "people/profile.html")]
pub struct ProfilePage {
    pub person: Person,
    mine: bool,
    /// Whether the reader may change the role.
    can_change_role: bool,
    /// Whether the reader may suspend and reinstate.
    can_suspend: bool,
    /// Whether the reader may make a link to choose a new password, and remove the account.
    can_manage: bool,
    /// Whether the reader may suspend for more than a week.
    can_suspend_long: bool,
    /// Whether the reader has blocked them; `None` if it was not read.
    is_blocked: Option<bool>,
    /// User who invited them, for admins.
    invited_by: Option<Profile>,
    error: Option<FormError>,
}

impl ProfilePage {
    /// The page for a reader.
    pub fn new(reader: &User, profile: Profile, live: &Live) -> ProfilePage {
        let mine = profile.id == reader.id;
        let may = |action| !profile.is_deleted() && demand(reader.role, action).is_ok();
        let is_below = reader.is_admin() || profile.server_role() < reader.role;
        ProfilePage {
            can_change_role: may(ServerAction::ChangeRoles),
            can_suspend: !mine && is_below && may(ServerAction::HandleReports),
            can_manage: !mine && may(ServerAction::ManagePeople),
            can_suspend_long: reader.is_admin(),
            person: Person::of(profile, live),
            mine,
            is_blocked: None,
            invited_by: None,
            error: None,
        }
    }

    /// Adds whether the reader has blocked them.
    pub fn with_blocked(mut self, is_blocked: bool) -> ProfilePage {
        self.is_blocked = Some(is_blocked);
        self
    }

    /// Adds the user who invited them.
    pub fn with_inviter(mut self, invited_by: Option<Profile>) -> ProfilePage {
        self.invited_by = invited_by;
        self
    }

    /// The page with the error of a form.
    pub fn refused(mut self, error: FormError) -> ProfilePage {
        self.error = Some(error);
        self
    }

    fn error_at(&self, field: &str) -> Option<String> {
        sentence(self.error.as_ref(), field)
    }

    /// Roles that the form offers, with their descriptions.
    fn roles(&self) -> [(ServerRole, &'static str); 3] {
        [
            (ServerRole::Member, "Member"),
            (ServerRole::Moderator, "Moderator: handles reports"),
            (ServerRole::Admin, "Admin: manages the server"),
        ]
    }
}

/// Link to choose a new password, shown once.
#[derive(Template)]
#[template(path = "people/reset_link.html")]
pub struct ResetLinkPage {
    pub username: String,
    pub link: String,
    /// Path of the profile.
    pub back: String,
}

/// All accounts, or those found, with their roles.
#[derive(Template)]
#[template(path = "people/accounts.html")]
pub struct AccountList {
    pub words: String,
    pub filter: Option<AccountFilter>,
    pub accounts: Vec<Account>,
    /// Offset of the next page.
    pub next: Option<i64>,
    /// Sentence about the last change.
    pub outcome: Option<&'static str>,
}

impl AccountList {
    fn is_on(&self, filter: &AccountFilter) -> bool {
        self.filter == Some(*filter)
    }
}

/// Card of one user, which opens beside their name.
#[derive(Template)]
#[template(path = "people/card.html")]
pub struct PersonCard {
    pub person: Person,
    pub mine: bool,
    /// Whether the reader has blocked them.
    pub is_blocked: bool,
}

/// People whom the reader has blocked.
#[derive(Template)]
#[template(path = "people/blocked.html")]
pub struct BlockedPage {
    pub people: Vec<Profile>,
}

/// Rules that fold the messages of some users, and the quotes and search results of them.
#[derive(Template)]
#[template(path = "people/blocks.css", escape = "none")]
pub struct BlockStyles {
    pub ids: Vec<UserId>,
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
