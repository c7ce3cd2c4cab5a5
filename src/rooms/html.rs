//! Pages about rooms: directory, members, settings.

use std::sync::Arc;

use askama::Template;
use serde::Deserialize;

use super::{
    Action, BannedUser, Invitation, Kind, Member, Role, Room, RoomEntry, RoomMember, RoomSummary,
};
use crate::{
    db::time,
    error::Error,
    live::Live,
    people::Person,
    web::{
        form_error::{FormError, sentence},
        picture_section::PictureSection,
    },
};

/// Directory page with all rooms that the reader may find.
#[derive(Template)]
#[template(path = "rooms/rooms.html")]
pub struct RoomListPage {
    pub words: String,
    /// Whether the reader's archived rooms are shown instead.
    pub archived: bool,
    /// Whether the reader's rooms and conversations are shown instead.
    pub mine: bool,
    /// Whether the reader may make rooms.
    pub may_create: bool,
    pub rooms: Vec<RoomSummary>,
    /// Offset of the next page.
    pub next: Option<i64>,
}

impl RoomSummary {
    /// Date and time of the last message.
    pub fn active(&self) -> Option<(String, String)> {
        let at = self.active_at?;
        Some((time::day_label(at), time::iso(at)))
    }
}

/// New room as sent by the form or an API client, and the page with this form.
#[derive(Default, Deserialize, Template)]
#[serde(default)]
#[template(path = "rooms/new_room.html")]
pub struct NewRoomForm {
    pub name: String,
    pub topic: String,
    pub kind: String,
    /// Reason for the refusal of the form.
    #[serde(skip)]
    pub error: Option<String>,
}

/// Members page of a room.
#[derive(Template)]
#[template(path = "rooms/members.html")]
pub struct MembersPage {
    pub room: Room,
    pub kind: &'static str,
    pub may_invite: bool,
    pub may_remove: bool,
    pub may_appoint: bool,
    pub count: i64,
    pub online: Vec<MemberRow>,
    pub offline: Vec<MemberRow>,
    /// Offset of the next page.
    pub next: Option<i64>,
    /// Users who are invited, for members who may add users.
    pub invited: Vec<Person>,
    /// Names of those who were just invited.
    pub just_invited: Vec<String>,
    /// Member who was just removed and can be added again.
    pub removed: Option<String>,
    /// Users who are banned, for members who may ban.
    pub banned: Vec<BannedUser>,
    /// Submitted text and the reason for its refusal.
    pub draft: String,
    pub error: Option<String>,
}

/// Member of a room.
pub struct MemberRow {
    pub person: Person,
    pub role: Role,
    pub is_owner: bool,
    pub me: bool,
    /// Whether the member looks at the room now.
    pub is_viewing: bool,
    /// Whether the member may not post now.
    pub is_timed_out: bool,
    /// End of that (ms UTC).
    pub timed_out_until: i64,
}

impl MemberRow {
    fn person(&self) -> &Person {
        &self.person
    }

    /// Row for a member of the room of `member`.
    pub fn of(one: RoomMember, member: &Member, live: &Live) -> MemberRow {
        MemberRow {
            me: one.person.id == member.user.id,
            role: one.role,
            is_owner: one.role == Role::Owner,
            is_viewing: false,
            is_timed_out: one.timed_out_until > time::now() && member.may(Action::Remove),
            timed_out_until: one.timed_out_until,
            person: Person::of(one.person, live),
        }
    }
}

/// Invitations of the reader.
#[derive(Template)]
#[template(path = "rooms/invitations.html")]
pub struct InvitationsPage {
    pub invitations: Vec<Invitation>,
    /// Reason why one could not be accepted.
    pub error: Option<String>,
}

impl Invitation {
    /// Date and time of the invitation.
    pub fn at(&self) -> (String, String) {
        (time::day_label(self.invited_at), time::iso(self.invited_at))
    }
}

/// Settings page: the room and the reader's preferences for it.
#[derive(Template)]
#[template(path = "rooms/settings.html")]
pub struct SettingsPage {
    pub room: Room,
    pub kind: &'static str,
    pub notify: &'static str,
    pub hidden: bool,
    pub favourite: bool,
    pub rights: Rights,
    pub username: Arc<str>,
    /// Submitted values of the fields.
    pub name: String,
    pub topic: String,
    pub emoji: String,
    pub retention: String,
    pub picture: PictureSection,
    /// Sentence about the retention of the room; empty if messages are kept.
    pub retention_sentence: String,
    /// Refused form: "room", "picture", "retention", "leave", "archive" or "delete".
    pub error: Option<FormError>,
    /// Other members of a direct conversation.
    pub people: Vec<Person>,
}

/// Actions that the reader may take in a room.
pub struct Rights {
    pub change: bool,
    pub convert: bool,
    pub restrict: bool,
    pub archive: bool,
    pub make_default: bool,
    pub delete: bool,
    pub leave: bool,
}

impl SettingsPage {
    /// Page for a member, with their entry of the list.
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
                restrict: member.may(Action::Restrict) && member.room.kind != Kind::Direct,
                archive: member.may(Action::Archive),
                make_default: member.may(Action::MakeDefault),
                delete: member.may(Action::Delete),
                leave: member.may(Action::Leave),
            },
            name: member.room.name.to_string(),
            topic: member.room.topic.to_string(),
            emoji: member.room.emoji.to_string(),
            retention: match member.room.retention_days {
                0 => String::new(),
                days => days.to_string(),
            },
            retention_sentence: String::new(),
            picture: picture_section(&member.room),
            room: member.room.clone(),
            error: None,
            people: Vec::new(),
        }
    }

    /// Whether the retention needs to be confirmed.
    fn asks(&self) -> bool {
        let is_conflict = |error: &FormError| matches!(error.error, Error::Conflict(_));
        let refused = self.error.as_ref();
        refused.is_some_and(|error| error.field == "retention" && is_conflict(error))
    }

    fn error_of(&self, form: &str) -> Option<String> {
        sentence(self.error.as_ref(), form)
    }

    fn is_slow_mode(&self, seconds: &i32) -> bool {
        self.room.slow_mode == *seconds
    }

    /// Choices of slow mode in seconds, with the present one.
    fn slow_modes(&self) -> Vec<(i32, String)> {
        let named = |(seconds, name): (i32, &str)| (seconds, name.to_owned());
        let mut choices: Vec<_> = SLOW_MODES.into_iter().map(named).collect();
        let now = self.room.slow_mode;
        if !choices.iter().any(|(seconds, _)| *seconds == now) {
            choices.push((now, format!("{now} seconds")));
        }
        choices
    }
}

/// Usual intervals of slow mode.
const SLOW_MODES: [(i32, &str); 6] = [
    (0, "Off"),
    (10, "10 seconds"),
    (30, "30 seconds"),
    (60, "1 minute"),
    (300, "5 minutes"),
    (3600, "1 hour"),
];

fn picture_section(room: &Room) -> PictureSection {
    let preview = room.icon().picture_url();
    PictureSection {
        title: "Room picture",
        address: format!("/rooms/{}/picture", room.id),
        shape: "square",
        is_set: preview.is_some(),
        preview,
        error: None,
    }
}

/// Page for choosing the users of a conversation.
#[derive(Template)]
#[template(path = "rooms/new_direct.html")]
pub struct NewDirectPage {
    pub words: String,
    pub chosen: Vec<Person>,
    pub found: Vec<Person>,
    /// Whether the words match only people who are chosen.
    pub all_chosen: bool,
    /// Whether no more people can be chosen.
    pub is_full: bool,
    pub error: Option<String>,
}
