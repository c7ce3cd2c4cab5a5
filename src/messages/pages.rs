//! The pages about messages: edit history and pins.

use askama::Template;

use super::{Message, Shown, Version};
use crate::{
    db::{ids::UserId, time},
    rooms::{Action, Member, Room},
};

/// The versions of a message, oldest first.
#[derive(Template)]
#[template(path = "messages/edit_history.html")]
pub struct EditsPage {
    room: Room,
    message: Shown,
    versions: Vec<ShownVersion>,
}

/// A version of a message.
pub struct ShownVersion {
    pub body: String,
    pub iso: String,
    pub day: String,
    pub clock: String,
}

impl EditsPage {
    /// The page of a message's versions.
    pub fn new(member: &Member, message: &Message, versions: Vec<Version>) -> EditsPage {
        let shown = |version: Version| ShownVersion {
            body: version.body,
            iso: time::iso(version.written_at),
            day: time::day_label(version.written_at),
            clock: time::clock(version.written_at),
        };
        EditsPage {
            room: member.room.clone(),
            message: Shown::of(message),
            versions: versions.into_iter().map(shown).collect(),
        }
    }
}

/// The pinned messages of a room.
#[derive(Template)]
#[template(path = "messages/pins.html")]
pub struct PinsPage {
    me: UserId,
    room: Room,
    may_pin: bool,
    messages: Vec<Shown>,
}

impl PinsPage {
    /// The page of a room's pins.
    pub fn new(member: &Member, messages: &[Message]) -> PinsPage {
        PinsPage {
            me: member.user.id,
            room: member.room.clone(),
            may_pin: member.may(Action::Pin),
            messages: messages.iter().map(Shown::alone).collect(),
        }
    }
}
