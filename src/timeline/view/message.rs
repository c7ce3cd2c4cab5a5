//! One message with what can be done with it, what it said, and the pinned ones.

use askama::Template;

use crate::{
    db::{ids::UserId, time},
    error::Error,
    messages::{Message, Shown, Version},
    rooms::{Action, Member, Room},
    sidebar::SidebarView,
    web::page::Page,
};

/// The message that an address names, and what its reader can do with it without JavaScript.
pub struct Focus {
    pub message: Shown,
    /// Its text, or what was typed instead of it.
    pub text: String,
    /// Why that was refused.
    pub error: Option<String>,
    pub mine: bool,
    pub may_delete: bool,
    pub may_pin: bool,
    pub may_post: bool,
    pub saved: bool,
}

impl Focus {
    /// A message as `member` sees it; maybe with a text that was refused, and why.
    pub fn new(
        member: &Member,
        message: &Message,
        saved: bool,
        refused: Option<(String, Error)>,
    ) -> Focus {
        let (text, error) = match refused {
            Some((text, why)) => (text, Some(why.to_string())),
            None => (message.body.as_str().to_owned(), None),
        };
        let mine = message.author == member.user.id;
        let delete = if mine {
            Action::Withdraw
        } else {
            Action::Moderate
        };
        Focus {
            message: Shown::of(message),
            text,
            error,
            mine,
            may_delete: member.may(delete),
            may_pin: member.may(Action::Pin),
            may_post: member.may(Action::Post),
            saved,
        }
    }
}

/// What a message said, the oldest first.
#[derive(Template)]
#[template(path = "timeline/edits.html")]
pub struct Edits {
    page: Page,
    rail: SidebarView,
    room: Room,
    message: Shown,
    versions: Vec<ShownVersion>,
}

/// What it said for a while.
pub struct ShownVersion {
    pub body: String,
    pub iso: String,
    pub day: String,
    pub clock: String,
}

impl Edits {
    /// The page of a message's versions.
    pub fn new(
        member: &Member,
        message: &Message,
        versions: Vec<Version>,
        rail: SidebarView,
    ) -> Edits {
        let shown = |version: Version| ShownVersion {
            body: version.body,
            iso: time::iso(version.written_at),
            day: time::day_label(version.written_at),
            clock: time::clock(version.written_at),
        };
        Edits {
            page: Page::new("Edits"),
            rail,
            room: member.room.clone(),
            message: Shown::of(message),
            versions: versions.into_iter().map(shown).collect(),
        }
    }
}

/// The pinned messages of a room.
#[derive(Template)]
#[template(path = "timeline/pins.html")]
pub struct Pins {
    page: Page,
    rail: SidebarView,
    me: UserId,
    room: Room,
    may_pin: bool,
    messages: Vec<Shown>,
}

impl Pins {
    /// The page of a room's pins.
    pub fn new(member: &Member, messages: &[Message], rail: SidebarView) -> Pins {
        Pins {
            page: Page::new(&format!("Pinned in {}", member.room.name)),
            rail,
            me: member.user.id,
            room: member.room.clone(),
            may_pin: member.may(Action::Pin),
            messages: messages.iter().map(Shown::alone).collect(),
        }
    }
}
