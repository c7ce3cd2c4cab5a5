//! The pages of the directory.

use askama::Template;
use serde::Serialize;

use crate::{
    db::time,
    live::OnlineUsers,
    people::{Person, PersonJson},
    rooms::{Action, Member, Role, Room, RoomMember, RoomSummary},
    sidebar::{Entry, RoomJson, SidebarView, kind_name, role},
    web::page::Page,
};

/// All rooms that the reader may find.
#[derive(Template)]
#[template(path = "directory/rooms.html")]
pub struct RoomList {
    pub page: Page,
    pub rail: SidebarView,
    pub words: String,
    /// Whether archived rooms are shown instead.
    pub archived: bool,
    pub rooms: Vec<Card>,
    /// How many to skip for the next page.
    pub next: Option<i64>,
}

/// A room in that list.
pub struct Card {
    pub room: Room,
    pub kind: &'static str,
    pub members: i64,
    pub mine: bool,
    /// The day and the moment of the last message.
    pub active: Option<(String, String)>,
}

impl From<RoomSummary> for Card {
    fn from(listing: RoomSummary) -> Card {
        let active = |at| (time::day_label(at), time::iso(at));
        Card {
            kind: kind_name(listing.room.kind),
            room: listing.room,
            members: listing.members,
            mine: listing.mine,
            active: listing.active_at.map(active),
        }
    }
}

/// The form for a new room.
#[derive(Template)]
#[template(path = "directory/new_room.html")]
pub struct NewRoomPage {
    pub page: Page,
    pub rail: SidebarView,
    pub name: String,
    pub topic: String,
    pub kind: String,
    pub error: Option<String>,
}

/// The people of a room.
#[derive(Template)]
#[template(path = "directory/members.html")]
pub struct Members {
    pub page: Page,
    pub rail: SidebarView,
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
    pub fn of(one: RoomMember, member: &Member, online: &OnlineUsers) -> MemberRow {
        MemberRow {
            me: one.person.id == member.user.id,
            role: one.role,
            is_owner: one.role == Role::Owner,
            person: Person::of(one.person, online),
        }
    }
}

/// Somebody in a room, as programs get them.
#[derive(Serialize)]
pub struct MemberJson<'a> {
    #[serde(flatten)]
    person: PersonJson<'a>,
    role: &'static str,
}

impl<'a> From<&'a MemberRow> for MemberJson<'a> {
    fn from(row: &'a MemberRow) -> MemberJson<'a> {
        MemberJson {
            person: PersonJson::from(&row.person),
            role: role(row.role),
        }
    }
}

/// What a room is, and what the reader wants of it.
#[derive(Template)]
#[template(path = "directory/settings.html")]
pub struct Settings {
    pub page: Page,
    pub rail: SidebarView,
    pub room: Room,
    pub kind: &'static str,
    pub notify: &'static str,
    pub hidden: bool,
    pub favourite: bool,
    pub rights: Rights,
    /// What stays in the boxes.
    pub name: String,
    pub topic: String,
    /// Why something was refused, and in which form.
    pub error: Option<(&'static str, String)>,
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

impl Settings {
    /// The page for a member, with their row of the list.
    pub fn new(member: &Member, rail: SidebarView) -> Settings {
        let entry = rail.current().cloned();
        let of = |pick: fn(&Entry) -> bool| entry.as_ref().is_some_and(pick);
        Settings {
            page: Page::new(&member.room.name),
            kind: kind_name(member.room.kind),
            notify: entry
                .as_ref()
                .map_or("everything", |entry| entry.notify.name()),
            hidden: of(|entry| entry.hidden),
            favourite: of(|entry| entry.favourite),
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
            rail,
            error: None,
            people: Vec::new(),
        }
    }

    fn error_of(&self, form: &str) -> Option<&str> {
        let (at, text) = self.error.as_ref()?;
        (*at == form).then_some(text)
    }
}

/// Choosing people for a conversation.
#[derive(Template)]
#[template(path = "directory/new_direct.html")]
pub struct NewDirect {
    pub page: Page,
    pub rail: SidebarView,
    pub words: String,
    pub chosen: Vec<Person>,
    pub found: Vec<Person>,
    pub error: Option<String>,
}

/// What was found, as a page.
#[derive(Template)]
#[template(path = "directory/search.html")]
pub struct Search {
    pub page: Page,
    pub rail: SidebarView,
    pub words: String,
    pub found: Found,
}

/// The same as options of the switcher.
#[derive(Template)]
#[template(path = "directory/options.html")]
pub struct Options {
    pub words: String,
    pub found: Found,
}

/// Rooms and people that fit some words.
pub struct Found {
    /// Those the reader is in.
    pub rooms: Vec<Card>,
    /// Open rooms that they could join.
    pub others: Vec<Card>,
    pub people: Vec<Person>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.others.is_empty() && self.people.is_empty()
    }
}

/// The same as programs get it.
#[derive(Serialize)]
pub struct FoundJson<'a> {
    pub rooms: Vec<RoomJson>,
    pub people: Vec<PersonJson<'a>>,
}
