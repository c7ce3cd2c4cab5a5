//! Pages about invite links: the list with its form, a new link, and the invitation.

use askama::{Template, filters::Safe};

use super::{InviteLink, LinkOffer, LinkState, ListedLink, create::CreatedLink, form::LinkForm};
use crate::{
    accounts::{ServerAction, User},
    db::time,
    rooms::Room,
    web::{
        form_error::{FormError, sentence},
        page::Page,
    },
};

/// Choices of the form: value and label. The empty value means no limit.
const LIFETIMES: [(&str, &str); 4] = [
    ("1", "1 day"),
    ("7", "7 days"),
    ("30", "30 days"),
    ("", "Never"),
];
const USES: [(&str, &str); 4] = [
    ("1", "1 person"),
    ("5", "5 people"),
    ("25", "25 people"),
    ("", "Anyone with the link"),
];

/// Invite links of a user, and the form for a new one.
#[derive(Template)]
#[template(path = "invites/list.html")]
pub struct LinksPage {
    pub links: Vec<ListedLink>,
    /// Rooms that a link may offer.
    pub rooms: Vec<Room>,
    /// Offset of the next page.
    pub next: Option<i64>,
    pub form: LinkForm,
    /// Sentence about the last change.
    pub outcome: Option<String>,
    pub error: Option<FormError>,
    /// The reason why the reader may not create links.
    pub refusal: Option<String>,
    /// Whether the reader sees the links of all users and may suspend those who came through one.
    pub manages_all: bool,
    /// Whether links can be mailed.
    pub sends_mails: bool,
    /// Username of the reader.
    pub me: String,
    /// Today's date, the first day until which guests can have access.
    pub today: String,
}

impl LinksPage {
    /// The page of a user. `sends_mails`: whether links can be mailed.
    pub fn new(user: &User, rooms: Vec<Room>, sends_mails: bool) -> LinksPage {
        LinksPage {
            links: Vec::new(),
            rooms,
            next: None,
            form: LinkForm::suggested(),
            outcome: None,
            error: None,
            refusal: None,
            manages_all: user.may(ServerAction::ManagePeople),
            sends_mails,
            me: user.username.to_string(),
            today: time::day(time::now()),
        }
    }

    fn lifetimes(&self) -> Vec<Choice> {
        choices(&LIFETIMES, &self.form.lifetime())
    }

    fn uses(&self) -> Vec<Choice> {
        choices(&USES, &self.form.uses())
    }

    fn error_at(&self, field: &str) -> Option<String> {
        sentence(self.error.as_ref(), field)
    }

    fn is_mine(&self, listed: &ListedLink) -> bool {
        *listed.creator.username == *self.me
    }
}

/// Option of a select box.
struct Choice {
    value: &'static str,
    label: &'static str,
    is_chosen: bool,
}

fn choices(all: &[(&'static str, &'static str)], chosen: &str) -> Vec<Choice> {
    let choice = |(value, label): &(&'static str, &'static str)| Choice {
        value,
        label,
        is_chosen: *value == chosen,
    };
    all.iter().map(choice).collect()
}

impl ListedLink {
    /// Day on which it was created, and the time in ISO 8601.
    fn created(&self) -> (String, String) {
        let at = self.link.created_at;
        (time::day_label(at), time::iso(at))
    }

    fn is_active(&self) -> bool {
        self.state == LinkState::Active
    }

    fn has_accounts(&self) -> bool {
        self.joined.iter().any(|user| user.is_new)
    }

    /// State in words.
    fn state_label(&self) -> String {
        match self.state {
            LinkState::Active => match self.link.expires_at {
                Some(at) => format!("Expires {}", time::day_label(at)),
                None => "Doesn’t expire".into(),
            },
            LinkState::Expired => "Expired".into(),
            LinkState::UsedUp => "Used up".into(),
            LinkState::Revoked => "Revoked".into(),
            LinkState::Withdrawn => "No longer valid".into(),
        }
    }

    /// Uses in words.
    fn uses_label(&self) -> String {
        match (self.link.uses, self.link.max_uses) {
            (uses, Some(most)) => format!("{uses} of {most} used"),
            (0, None) => "Not used yet".into(),
            (1, None) => "Used once".into(),
            (uses, None) => format!("Used {uses} times"),
        }
    }

    /// Number of rooms that the reader does not see, in words.
    fn other_rooms_label(&self) -> Option<String> {
        match self.other_rooms {
            0 => None,
            1 => Some("1 private room".into()),
            count => Some(format!("{count} private rooms")),
        }
    }
}

impl InviteLink {
    /// Last day of the access of guests.
    pub fn guests_until(&self) -> Option<String> {
        self.guest_until.map(time::last_day)
    }
}

/// A new link, shown once.
#[derive(Template)]
#[template(path = "invites/created.html")]
pub struct CreatedPage {
    pub url: String,
    pub created: CreatedLink,
    pub code: Safe<String>,
}

impl CreatedPage {
    fn expires(&self) -> Option<String> {
        self.created.link.expires_at.map(time::day_label)
    }
}

/// The invitation that a link opens. Its form creates an account, or joins the rooms with the account of the session.
#[derive(Template)]
#[template(path = "invites/offer.html")]
pub struct OfferPage {
    pub page: Page,
    /// Name of the server.
    pub server: String,
    /// `None` for a link that cannot be used any more.
    pub offer: Option<LinkOffer>,
    /// Address of the page.
    pub address: String,
    /// Name of the user with the session.
    pub me: Option<String>,
    /// Whether the server takes new accounts.
    pub takes_accounts: bool,
    /// Username as typed.
    pub username: String,
    pub error: Option<FormError>,
}

impl OfferPage {
    fn error_at(&self, field: &str) -> Option<String> {
        sentence(self.error.as_ref(), field)
    }

    fn has_field_error(&self) -> bool {
        self.error
            .as_ref()
            .is_some_and(|error| !error.field.is_empty())
    }
}
