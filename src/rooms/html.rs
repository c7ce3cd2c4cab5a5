//! The pages about rooms: the directory, members, settings.

use std::sync::Arc;

use askama::Template;

use super::{Action, Member, Role, Room, RoomEntry, RoomMember, RoomSummary};
use crate::{
    db::time,
    live::Live,
    people::Person,
    web::form_error::{FormError, sentence},
};

/// All rooms that the reader may find.
#[derive(Template)]
#[template(path = "rooms/rooms.html")]
pub struct RoomListPage {
    pub words: String,
    /// Whether archived rooms are shown instead.
    pub archived: bool,
    pub rooms: Vec<RoomCard>,
    /// How many to skip for the next page.
    pub next: Option<i64>,
}

/// A room in that list.
pub struct RoomCard {
    pub room: Room,
    pub kind: &'static str,
    pub members: i64,
    pub mine: bool,
    /// The day and the moment of the last message.
    pub active: Option<(String, String)>,
}

impl From<RoomSummary> for RoomCard {
    fn from(summary: RoomSummary) -> RoomCard {
        let active = |at| (time::day_label(at), time::iso(at));
        RoomCard {
            kind: summary.room.kind.name(),
            room: summary.room,
            members: summary.members,
            mine: summary.mine,
            active: summary.active_at.map(active),
        }
    }
}

/// The form for a new room.
#[derive(Template)]
#[template(path = "rooms/new_room.html")]
pub struct NewRoomPage {
    pub name: String,
    pub topic: String,
    pub kind: String,
    pub error: Option<String>,
}

/// The people of a room.
#[derive(Template)]
#[template(path = "rooms/members.html")]
pub struct MembersPage {
    pub room: Room,
    pub kind: &'static str,
    pub may_invite: bool,
    pub may_remove: bool,
    pub may_appoint: bool,
    /// How many there are in all.
    pub count: i64,
    pub online: Vec<MemberRow>,
    pub offline: Vec<MemberRow>,
    /// How many to skip for the next page.
    pub next: Option<i64>,
    /// What stays in the box, and why it was refused.
    pub draft: String,
    pub error: Option<String>,
}

/// Somebody in a room.
pub struct MemberRow {
    pub person: Person,
    pub role: Role,
    pub is_owner: bool,
    /// Whether it is the reader.
    pub me: bool,
}

impl MemberRow {
    fn person(&self) -> &Person {
        &self.person
    }

    /// Somebody in the room of `member`.
    pub fn of(one: RoomMember, member: &Member, live: &Live) -> MemberRow {
        MemberRow {
            me: one.person.id == member.user.id,
            role: one.role,
            is_owner: one.role == Role::Owner,
            person: Person::of(one.person, live),
        }
    }
}

/// What a room is, and what the reader wants of it.
#[derive(Template)]
#[template(path = "rooms/settings.html")]
pub struct SettingsPage {
    pub room: Room,
    pub kind: &'static str,
    pub notify: &'static str,
    pub hidden: bool,
    pub favourite: bool,
    pub rights: Rights,
    /// The reader's username.
    pub username: Arc<str>,
    /// What stays in the boxes.
    pub name: String,
    pub topic: String,
    /// The refused form: "room", "leave" or "delete".
    pub error: Option<FormError>,
    /// The others in a direct conversation.
    pub people: Vec<Person>,
}

/// What the reader may do with a room.
pub struct Rights {
    pub change: bool,
    pub convert: bool,
    pub archive: bool,
    pub make_default: bool,
    pub delete: bool,
    pub leave: bool,
}

impl SettingsPage {
    /// The page for a member, with their row of the list.
    pub fn new(member: &Member, entry: Option<&RoomEntry>) -> SettingsPage {
        let of = |pick: fn(&RoomEntry) -> bool| entry.is_some_and(pick);
        SettingsPage {
            kind: member.room.kind.name(),
            notify: entry.map_or("everything", |entry| entry.notify.name()),
            hidden: of(|entry| entry.hidden),
            favourite: of(|entry| entry.favourite),
            username: member.user.username.clone(),
            rights: Rights {
                change: member.may(Action::Rename),
                convert: member.may(Action::Convert),
                archive: member.may(Action::Archive),
                make_default: member.may(Action::MakeDefault),
                delete: member.may(Action::Delete),
                leave: member.may(Action::Leave),
            },
            name: member.room.name.to_string(),
            topic: member.room.topic.to_string(),
            room: member.room.clone(),
            error: None,
            people: Vec::new(),
        }
    }

    fn error_of(&self, form: &str) -> Option<String> {
        sentence(self.error.as_ref(), form)
    }
}

/// Choosing people for a conversation.
#[derive(Template)]
#[template(path = "rooms/new_direct.html")]
pub struct NewDirectPage {
    pub words: String,
    pub chosen: Vec<Person>,
    pub found: Vec<Person>,
    pub error: Option<String>,
}
